"""The screens, one file each: its address, what it gathers, which of its regions change."""
