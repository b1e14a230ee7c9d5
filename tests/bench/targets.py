"""Figures and what they should be."""


class Targets:
    """Prints each measured figure with its target and remembers whether all were met."""

    met = True

    def check(self, name: str, value: float, operator: str, target: float, unit: str = "") -> None:
        """Print `name`, and compare `value` with `target`; `operator` is ">=" or "<="."""
        good = value >= target if operator == ">=" else value <= target
        self.met &= good
        print(f"{name}: {value:.3g}{unit} (target {operator} {target:g}{unit}){'' if good else '  MISSED'}", flush=True)
