"""The five stages. None of them knows another; `pipeline` knows their order."""
