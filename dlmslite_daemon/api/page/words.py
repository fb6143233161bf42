"""Every text of the page, in English and Spanish. Longer than 400 lines: one row a text."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

LANGUAGES = ("en", "es")
"""What the page speaks; the first unless the browser asks for another."""

NAMES = {"en": "English", "es": "Español"}
"""Each language as it calls itself."""

TEXTS: Mapping[str, tuple[str, str]] = {
    # ---------------------------------------------------------------- everywhere
    "skip": ("Skip to the content", "Ir al contenido"),
    "nav": ("Main", "Principal"),
    "fleet": ("Fleet", "Flota"),
    "alarms": ("Alarms", "Alarmas"),
    "delivery": ("Delivery", "Entrega"),
    "reports": ("Reports", "Informes"),
    "live": ("Live", "En vivo"),
    "live.connecting": ("Connecting…", "Conectando…"),
    "live.lost": ("Connection lost, trying again…", "Conexión perdida, reintentando…"),
    "live.ended": ("Signed out", "Sesión cerrada"),
    "live.none": ("Without scripts: reload to see news", "Sin scripts: recargue la página"),
    "theme": ("Theme", "Tema"),
    "theme.system": ("As the system", "Como el sistema"),
    "theme.light": ("Light", "Claro"),
    "theme.dark": ("Dark", "Oscuro"),
    "language": ("Language", "Idioma"),
    "settings": ("Display", "Pantalla"),
    "signout": ("Sign out", "Cerrar sesión"),
    "apply": ("Apply", "Aplicar"),
    "cancel": ("Cancel", "Cancelar"),
    "close": ("Close", "Cerrar"),
    "back": ("Back", "Volver"),
    "keys": ("Keyboard shortcuts", "Atajos de teclado"),
    "keys.go": ("Go to {what}", "Ir a {what}"),
    "keys.find": ("Find a meter", "Buscar un medidor"),
    "keys.rows": ("Next or previous row", "Fila siguiente o anterior"),
    "keys.open": ("Open the row", "Abrir la fila"),
    "keys.help": ("Show this list", "Mostrar esta lista"),
    "keys.off": ("Switch single-key shortcuts off", "Desactivar los atajos de una tecla"),
    "role.viewer": ("may look", "solo lectura"),
    "role.operator": ("may operate", "operador"),
    "role.admin": ("administrator", "administrador"),
    "version": ("Version {version}", "Versión {version}"),
    "yes": ("yes", "sí"),
    "no": ("no", "no"),
    "never": ("never", "nunca"),
    "now": ("now", "ahora"),
    "ago": ("{span} ago", "hace {span}"),
    "in": ("in {span}", "en {span}"),
    # ---------------------------------------------------------------- sign-in
    "signin": ("Sign in", "Iniciar sesión"),
    "signin.lead": (
        "Open the sign-in link that the bridge prints at its start, or paste a token.",
        "Abra el enlace que el puente imprime al arrancar, o pegue un token.",
    ),
    "signin.token": ("Token", "Token"),
    "signin.hint": (
        "A new link: run this on the bridge's machine",
        "Un enlace nuevo: ejecute esto en la máquina del puente",
    ),
    "signin.welcome": ("Signed in", "Sesión iniciada"),
    "signin.onward": ("To the fleet", "A la flota"),
    "signin.why.code": (
        "This sign-in link is over or was used already. Get a new one, or paste a token.",
        "Este enlace caducó o ya se usó. Pida otro o pegue un token.",
    ),
    "signin.why.session": (
        "Your session is over. Sign in again.",
        "Su sesión ha terminado. Inicie sesión de nuevo.",
    ),
    "signin.why.token": (
        "This token is not known, or is over.",
        "Este token no existe o ha caducado.",
    ),
    "signin.why.limit": (
        "Too many wrong tries; wait a minute.",
        "Demasiados intentos fallidos; espere un minuto.",
    ),
    "signin.why.out": ("You are signed out.", "Ha cerrado la sesión."),
    # ---------------------------------------------------------------- errors
    "error": ("That did not work", "No ha funcionado"),
    "error.404": ("There is no such page", "Esta página no existe"),
    "error.403": ("You may not do that", "No tiene permiso"),
    "error.home": ("To the fleet", "A la flota"),
    # ---------------------------------------------------------------- fleet
    "fleet.title": ("Fleet", "Flota"),
    "fleet.total": ("Meters", "Medidores"),
    "fleet.meters": ("{count} meters", "{count} medidores"),
    "fleet.shown": ("{shown} of {count} meters", "{shown} de {count} medidores"),
    "fleet.find": ("Find by name, number, line or serial", "Nombre, número, línea o serie"),
    "fleet.state": ("State", "Estado"),
    "fleet.all": ("All", "Todos"),
    "fleet.bad": ("Needs attention", "Requieren atención"),
    "fleet.sort": ("Sort by {what}", "Ordenar por {what}"),
    "fleet.table": ("Meters and their states", "Medidores y sus estados"),
    "fleet.empty": ("No meter yet", "Aún no hay medidores"),
    "fleet.empty.how": (
        "Add the first one on the bridge's machine; it appears here at once.",
        "Añada el primero en la máquina del puente; aparecerá aquí al instante.",
    ),
    "fleet.none": ("No meter fits", "Ningún medidor coincide"),
    "fleet.none.bad": ("Every meter is as it should be", "Todos los medidores están bien"),
    "fleet.reset": ("Show all meters", "Mostrar todos"),
    "fleet.page": ("Page {page} of {pages}", "Página {page} de {pages}"),
    "fleet.prev": ("Previous page", "Página anterior"),
    "fleet.next": ("Next page", "Página siguiente"),
    "overall.ok": ("All is well", "Todo está bien"),
    "overall.degraded": ("Look at this", "Requiere atención"),
    "overall.failed": ("Failed", "Fallo"),
    "overall.more": ("and {count} more", "y {count} más"),
    "col.id": ("No.", "N.º"),
    "col.name": ("Name", "Nombre"),
    "col.line": ("Line", "Línea"),
    "col.desired": ("Wanted", "Deseado"),
    "col.observed": ("State", "Estado"),
    "col.age": ("Last reading", "Última lectura"),
    "col.success": ("Success 1 h", "Éxito 1 h"),
    "col.pending": ("Pending", "Pendientes"),
    "col.alarms": ("Alarms", "Alarmas"),
    "desired.running": ("running", "en marcha"),
    "desired.paused": ("paused", "en pausa"),
    "observed.connecting": ("connecting", "conectando"),
    "observed.online": ("online", "en línea"),
    "observed.degraded": ("degraded", "degradado"),
    "observed.offline": ("offline", "sin conexión"),
    "observed.backoff": ("waiting to retry", "esperando reintento"),
    "observed.breaker-open": ("breaker open", "interruptor abierto"),
    "observed.auth-error": ("credentials refused", "credenciales rechazadas"),
    "observed.busy": ("busy", "ocupado"),
    "observed.paused": ("paused", "en pausa"),
    "observed.unknown": ("not seen yet", "aún sin ver"),
    # ---------------------------------------------------------------- one meter
    "meter.state": ("State", "Estado"),
    "meter.since": ("Since", "Desde"),
    "meter.reason": ("Reason", "Motivo"),
    "meter.next": ("Next attempt", "Próximo intento"),
    "meter.last": ("Last reading", "Última lectura"),
    "meter.wanted": ("Wanted", "Deseado"),
    "meter.line": ("Line", "Línea"),
    "meter.address": ("Client / server", "Cliente / servidor"),
    "meter.interval": ("Poll interval", "Intervalo"),
    "meter.association": ("Association", "Asociación"),
    "meter.association.none": ("none open", "ninguna abierta"),
    "meter.serial": ("Serial number", "Número de serie"),
    "meter.model": ("Model", "Modelo"),
    "meter.drift": ("Clock drift", "Deriva del reloj"),
    "meter.attempts": ("Attempts", "Intentos"),
    "meter.polls": ("Polls complete / due", "Sondeos completos / previstos"),
    "meter.success": ("Success, last hour", "Éxito, última hora"),
    "meter.latency": ("Latency p50 / p95 / p99", "Latencia p50 / p95 / p99"),
    "meter.overruns": ("Overruns", "Solapamientos"),
    "meter.connects": ("Connections", "Conexiones"),
    "meter.reassociations": ("Unplanned re-associations", "Reasociaciones no planeadas"),
    "meter.readings24": ("Readings, 24 h", "Lecturas, 24 h"),
    "meter.pending": ("Pending delivery", "Pendientes de entrega"),
    "meter.fault": ("Last error", "Último error"),
    "meter.fault.none": ("Nothing went wrong", "Nada ha fallado"),
    "meter.do": ("What to do", "Qué hacer"),
    "meter.policies": ("Policies", "Políticas"),
    "meter.breaker": ("Circuit breaker", "Interruptor"),
    "breaker.closed": (
        "closed, {count} failures in the hour",
        "cerrado, {count} fallos en la hora",
    ),
    "breaker.open": ("open, probe {when}", "abierto, prueba {when}"),
    "col.policy": ("Policy", "Política"),
    "col.says": ("Says", "Dice"),
    "col.why": ("Why, and what it counts", "Por qué, y qué cuenta"),
    "action.try": ("try", "intentar"),
    "action.probe": ("probe", "sondear"),
    "action.wait": ("wait", "esperar"),
    "action.stop": ("stop", "parar"),
    "policy.backoff": ("retry", "reintento"),
    "policy.breaker": ("circuit breaker", "interruptor"),
    "policy.busy": ("busy line", "línea ocupada"),
    "policy.credentials": ("credential guard", "guarda de credenciales"),
    "policy.flapping": ("flapping", "oscilación"),
    "policy.identity": ("identity", "identidad"),
    "policy.plausibility": ("plausibility", "verosimilitud"),
    "policy.protocol_errors": ("protocol errors", "errores de protocolo"),
    "policy.read_watchdog": ("read watchdog", "vigilancia de lectura"),
    "policy.silence": ("silence watchdog", "vigilancia de silencio"),
    "meter.load": ("Load of the line", "Carga de la línea"),
    "meter.lost": ("Lost sessions, 1 h / 24 h", "Sesiones perdidas, 1 h / 24 h"),
    "meter.associations": ("Associations, 24 h", "Asociaciones, 24 h"),
    "meter.session": ("Session since", "Sesión desde"),
    "col.quality": ("Success, p95", "Éxito, p95"),
    "meter.protocol": ("Protocol errors", "Errores de protocolo"),
    "meter.protocol.none": ("none", "ninguno"),
    "meter.deadlines": ("Deadline of an answer", "Plazo de respuesta"),
    "meter.own": ("Own settings", "Ajustes propios"),
    "meter.values": ("Values", "Valores"),
    "meter.values.none": (
        "No series is configured; nothing is read.",
        "No hay series configuradas; no se lee nada.",
    ),
    "col.series": ("Series", "Serie"),
    "col.value": ("Value", "Valor"),
    "col.time": ("Time", "Hora"),
    "col.good": ("Good / asked", "Buenas / pedidas"),
    "series.waiting": ("waiting", "esperando"),
    "series.good": ("good", "bien"),
    "series.failed": ("failed", "fallo"),
    "series.undefined": ("not in this meter", "no existe en el medidor"),
    "series.disabled": ("switched off", "desactivada"),
    "quality.suspect": ("suspect", "dudoso"),
    "meter.charts": ("Charts", "Gráficos"),
    "chart.span": ("Span", "Periodo"),
    "chart.none": ("No reading in this span", "Sin lecturas en este periodo"),
    "chart.about": (
        "{series}: {count} readings, last {last}",
        "{series}: {count} lecturas, última {last}",
    ),
    "chart.cut": (
        "Only the newest {count} readings are drawn.",
        "Solo se dibujan las {count} lecturas más recientes.",
    ),
    "meter.alarms": ("Active alarms", "Alarmas activas"),
    "meter.delivery": ("Delivery", "Entrega"),
    "meter.log": ("Log", "Registro"),
    "log.follow": ("Follow", "Seguir"),
    "log.level": ("Level", "Nivel"),
    "log.none": ("Nothing was logged yet", "Aún no hay registros"),
    "log.gap": (
        "Older lines are gone from the ring",
        "Las líneas anteriores ya no están en el anillo",
    ),
    "level.debug": ("debug", "depuración"),
    "level.info": ("info", "información"),
    "level.warning": ("warning", "aviso"),
    "level.error": ("error", "error"),
    "level.critical": ("critical", "crítico"),
    "meter.frames": ("Explained frames", "Tramas explicadas"),
    "frames.none": (
        "No frame was kept yet.",
        "Aún no se ha guardado ninguna trama.",
    ),
    "frames.show": ("Show frames", "Mostrar tramas"),
    "frames.unknown": ("These octets say nothing", "Estos octetos no dicen nada"),
    "frame.sent": ("sent", "enviada"),
    "frame.received": ("received", "recibida"),
    "do.pause": ("Pause", "Pausar"),
    "do.resume": ("Resume", "Reanudar"),
    "do.restart": ("Restart", "Reiniciar"),
    "do.test": ("Test", "Probar"),
    "do.diagnose": ("Diagnose", "Diagnosticar"),
    "do.force": ("Try now", "Intentar ya"),
    "do.ack": ("Acknowledge", "Reconocer"),
    "ask.pause": (
        "Pause {name}? It is not read until it is resumed, a restart of the bridge included.",
        "¿Pausar {name}? No se leerá hasta reanudarlo, tampoco tras reiniciar el puente.",
    ),
    "ask.restart": (
        "Restart {name}? Its session is released and opened again; a poll may be lost.",
        "¿Reiniciar {name}? Su sesión se libera y se abre de nuevo; puede perderse un sondeo.",
    ),
    "ask.force": (
        "Try {name} now, past breaker and credential guard? Refusals may lock a meter.",
        "¿Intentar {name} ya, sin interruptor ni guarda? Los rechazos pueden bloquearlo.",
    ),
    "did.pause": ("{name} is being paused.", "{name} se está pausando."),
    "did.resume": ("{name} is being resumed.", "{name} se está reanudando."),
    "did.restart": ("{name} is being restarted.", "{name} se está reiniciando."),
    "did.force": ("{name} is tried now.", "Se intenta {name} ahora."),
    "did.test": ("The test of {name} has begun.", "La prueba de {name} ha comenzado."),
    "did.diagnose": (
        "The diagnosis of {name} has begun.",
        "El diagnóstico de {name} ha comenzado.",
    ),
    "did.ack": ("Acknowledged.", "Reconocida."),
    "operation.running": ("{verb} is running…", "{verb} en curso…"),
    "operation.done": ("{verb}: passed", "{verb}: correcto"),
    "operation.bad": ("{verb}: did not pass", "{verb}: no superado"),
    "operation.failed": ("{verb}: could not be done", "{verb}: no se pudo hacer"),
    "step.passed": ("passed", "superado"),
    "step.noted": ("noted", "anotado"),
    "step.failed": ("failed", "fallido"),
    "step.skipped": ("skipped", "omitido"),
    "finding.last": ("Last diagnosis", "Último diagnóstico"),
    "finding.rungs": ("What was tried", "Qué se probó"),
    "finding.not": ("Ruled out", "Descartado"),
    "operation.details": ("Details", "Detalles"),
    # ---------------------------------------------------------------- alarms
    "alarms.title": ("Alarms", "Alarmas"),
    "alarms.none": ("No active alarm", "Ninguna alarma activa"),
    "alarms.none.all": ("There has been no alarm yet", "Aún no ha habido alarmas"),
    "alarms.none.text": (
        "Alarms appear here by themselves and clear when their cause is gone.",
        "Las alarmas aparecen aquí solas y se borran cuando cesa su causa.",
    ),
    "alarms.active": ("Active", "Activas"),
    "alarms.all": ("All", "Todas"),
    "alarms.table": ("Alarms, newest first", "Alarmas, la más reciente primero"),
    "col.severity": ("Severity", "Gravedad"),
    "col.subject": ("Whom", "Quién"),
    "col.message": ("What", "Qué"),
    "col.raised": ("Raised", "Surgida"),
    "col.count": ("Times seen", "Veces vista"),
    "col.ack": ("Acknowledged", "Reconocida"),
    "alarm.cleared": ("cleared {when}", "borrada {when}"),
    "alarm.acked": ("by {who}, {when}", "por {who}, {when}"),
    "alarm.muted": ("muted: the sinks are not told", "silenciada: no se avisa a los destinos"),
    "alarm.open": ("not yet", "todavía no"),
    "severity.info": ("info", "información"),
    "severity.warning": ("warning", "aviso"),
    "severity.error": ("error", "error"),
    "severity.critical": ("critical", "crítica"),
    "alarm.do": ("Acknowledge: {what}", "Reconocer: {what}"),
    # ---------------------------------------------------------------- delivery
    "delivery.title": ("Delivery", "Entrega"),
    "delivery.none": ("No sink yet", "Aún no hay destinos"),
    "delivery.none.text": (
        "Readings are stored all the same and are delivered once there is a sink.",
        "Las lecturas se guardan igual y se entregarán cuando haya un destino.",
    ),
    "sink.connected": ("connected", "conectado"),
    "sink.disconnected": ("not connected", "sin conexión"),
    "sink.disabled": ("switched off", "desactivado"),
    "sink.unseen": ("not seen yet", "aún sin ver"),
    "sink.to": ("Destination", "Destino"),
    "sink.protocol": ("Protocol", "Protocolo"),
    "sink.live": ("Pending, live", "Pendientes, en vivo"),
    "sink.history": ("Pending, history", "Pendientes, historial"),
    "sink.lag": ("Lag", "Retraso"),
    "sink.sent": ("Messages sent", "Mensajes enviados"),
    "sink.acked": ("Acknowledged", "Confirmados"),
    "sink.flight": ("In flight", "En vuelo"),
    "sink.refused": ("Refused", "Rechazados"),
    "sink.lost": ("Disconnections", "Desconexiones"),
    "sink.puback": ("Last PUBACK", "Último PUBACK"),
    "sink.next": ("Next attempt", "Próximo intento"),
    "sink.test": ("Test {name}", "Probar {name}"),
    "letters": ("Dead letters", "Mensajes muertos"),
    "letters.none": ("None: no sink has refused a message.", "Ninguno: nada ha sido rechazado."),
    "letters.table": ("Messages refused for good", "Mensajes rechazados definitivamente"),
    "col.sink": ("Sink", "Destino"),
    "col.topic": ("Topic", "Tema"),
    "col.reason": ("Reason", "Motivo"),
    "col.size": ("Size", "Tamaño"),
    "outbox": ("Outbox", "Bandeja de salida"),
    "outbox.last": ("Readings stored", "Lecturas guardadas"),
    "outbox.waiting": ("Waiting for their commit", "Esperando su confirmación"),
    "outbox.path": ("File", "Archivo"),
    "outbox.size": ("Size of the store", "Tamaño del almacén"),
    # ---------------------------------------------------------------- reports
    "reports.title": ("Reports", "Informes"),
    "reports.none": (
        "This bridge has no report yet.",
        "Este puente aún no tiene informes.",
    ),
    "report.window": ("Window", "Ventana"),
    "about.availability": (
        "How much of the time each meter answered.",
        "Qué parte del tiempo respondió cada medidor.",
    ),
    "about.checklist": (
        "The validation checklist, truly ticked.",
        "La lista de validación, marcada de verdad.",
    ),
    "about.delivery": (
        "What each sink acknowledged, and what waits.",
        "Qué confirmó cada destino y qué espera.",
    ),
    "about.energy": (
        "Energy by day, from cumulative registers.",
        "Energía por día, de registros acumulados.",
    ),
    "about.health": (
        "How the bridge and each meter did, as the old monitor told it.",
        "Cómo fueron el puente y cada medidor, como lo contaba el monitor antiguo.",
    ),
    "about.line": (
        "Errors by kind, round trips and octets of each line.",
        "Errores por tipo, tiempos y octetos de cada línea.",
    ),
    "about.plan": (
        "What a technician should do, by priority, with evidence.",
        "Qué debe hacer un técnico, por prioridad y con evidencia.",
    ),
    "about.qos": (
        "The seven targets: target, actual, pass or fail.",
        "Los siete objetivos: meta, valor, cumple o no.",
    ),
    "report.usual": ("As usual", "Habitual"),
    "report.meter": ("Meter", "Medidor"),
    "report.formats": ("Download", "Descargar"),
    "report.qos": ("Quality of service", "Calidad de servicio"),
    "report.health": ("Health", "Salud"),
    "report.plan": ("Plan for the technician", "Plan para el técnico"),
    "report.energy": ("Energy", "Energía"),
    "report.availability": ("Availability", "Disponibilidad"),
    "report.checklist": ("Checklist", "Lista de comprobación"),
    "report.line": ("Lines", "Líneas"),
    "report.delivery": ("Delivery", "Entrega"),
    "verdict.pass": ("pass", "cumple"),
    "verdict.fail": ("fail", "no cumple"),
    "verdict.no data": ("no data", "sin datos"),
    "report.all": ("All reports", "Todos los informes"),
}
"""Key to English and Spanish; what stands in braces is filled in."""


@frozen
class Words:
    """The texts in one language.

    Attributes:
        language: One of ``LANGUAGES``.
    """

    language: str = LANGUAGES[0]
    _at: int = field(init=False, repr=False)

    @_at.default
    def _column(self) -> int:
        return LANGUAGES.index(self.language)

    def __call__(self, key: str, /, **fills: object) -> str:
        """The text of a key.

        Raises:
            KeyError: There is no such text.
        """
        text = TEXTS[key][self._at]
        return text.format(**fills) if fills else text

    def get(self, key: str, otherwise: str) -> str:
        """The text of a key that the engine made up, or something else if there is none."""
        return self(key) if key in TEXTS else otherwise


def spoken(wanted: str | None, accept: str) -> Words:
    """The words for a viewer.

    Args:
        wanted: What he chose; None if he did not.
        accept: The header ``Accept-Language`` of his browser.
    """
    if wanted in LANGUAGES:
        return Words(wanted)
    ranked: list[tuple[float, str]] = []
    for entry in accept[:200].split(","):
        tag, _, weight = entry.partition(";q=")
        language = tag.strip().lower().split("-")[0]
        if language in LANGUAGES:
            ranked.append((_weight(weight), language))
    # Of equals the first; sorting keeps the order.
    ranked.sort(key=lambda pair: -pair[0])
    return Words(ranked[0][1] if ranked and ranked[0][0] > 0 else LANGUAGES[0])


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
