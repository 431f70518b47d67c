"""Use cases of administrators: queues, agents, groups, customers, mail accounts."""
