# Where nobody tells rules of CORS or lifecycle, or nobody has asked.

def rules_told: {};
def s3_of($kind): nonsense;
