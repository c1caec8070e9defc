"""Claims, the bounds fixed beforehand, and the verdicts that follow from the results."""

from .catalogue import CLAIMS as CLAIMS
from .claim import Bound as Bound
from .claim import Claim as Claim
from .claim import Control as Control
from .claim import Earlier as Earlier
from .claim import Evidence as Evidence
from .claim import Finding as Finding
from .claim import Looks as Looks
from .claim import Prediction as Prediction
from .claim import PredictionOutcome as PredictionOutcome
from .claim import Quote as Quote
from .claim import Verdict as Verdict
from .sequential import open_claims as open_claims
from .verdicts import findings as findings
