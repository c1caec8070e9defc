"""How often the verdict engine errs, and how often it decides, on claims that are known.

    python tests/benchmarks/error_rates.py [--samples 2000]

All pairs of n networks; a network has a tenth of a pair's variance (0.00 to 0.13 were measured),
and the four parts of a claim share half of theirs. Per cent of the claims, of 2,000 each:

TABLE
"""

import argparse
import sys
from pathlib import Path

from basinbench.reports.judging.claim import Looks

sys.path.append(str(Path(__file__).parent.parent / "support"))
from known_claims import CASES, rate


def main() -> None:
    parser = argparse.ArgumentParser(description="Error rates of the verdict engine")
    parser.add_argument("--samples", type=int, default=2000)
    samples = parser.parse_args().samples
    columns = [(5, None), (10, None), (20, None), (40, None), (20, Looks((5, 10, 20)))]
    columns.append((40, Looks()))
    head = [f"n = {n}" if looks is None else f"looks to {n}" for n, looks in columns]
    print(f"{'':34}" + " ".join(f"{each:>11}" for each in head))
    for case in CASES:
        rates = [rate(case, n, looks, samples) for n, looks in columns]
        print(f"{case.name:34}" + " ".join(f"{100 * each:11.1f}" for each in rates), flush=True)
    for case in (CASES[0], CASES[3]):
        rates = [rate(case, n, looks, samples, skewed=True) for n, looks in columns]
        name = f"{case.name}, skew"
        print(f"{name:34}" + " ".join(f"{100 * each:11.1f}" for each in rates), flush=True)


if __name__ == "__main__":
    main()
