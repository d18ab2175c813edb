"""What runs idéslussen: its stacks, policies, deploys and the operator's commands. Never packaged into a Lambda."""
