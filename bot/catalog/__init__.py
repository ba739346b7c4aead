"""The room of knowledge: the folder ``playbooks/`` in, a :class:`~bot.facts.playbook.Catalog` out.

What an engineer wrote down as YAML and words becomes values here, or an error that names the file, the
field and the nearest right spelling. Nothing in here speaks (``rendering`` does) or judges.
"""
