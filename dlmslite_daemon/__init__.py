"""dlmslite-bridge: polls many meters, stores what they say, delivers it to brokers."""
