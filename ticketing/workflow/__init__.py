"""The life of a ticket (工单流转): a table of transitions, pure guards and effects (§2.3, §2.5)."""
