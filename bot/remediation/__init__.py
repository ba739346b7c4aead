"""From a cause to a change that an entitled person approved: a diagnosis in, a plan, its execution and its proof out."""
