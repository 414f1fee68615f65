"""Short messages (短信): texts, outbox, courier, gateways and what citizens answer."""
