namespace JamEmr.Access;

/// <summary>What a person or program may be in a practice. The policy table gives each its permissions.</summary>
public enum Role
{
    /// <summary>Nobody yet: a request that has not signed in. May only try to.</summary>
    Anonymous = 0,

    /// <summary>The hosting process itself, at start-up. Never established from the network.</summary>
    Host = 1,

    /// <summary>Clinicians: charts, encounters, notes.</summary>
    Clinical = 2,

    /// <summary>Front desk: schedule and demographics.</summary>
    FrontDesk = 3,

    /// <summary>Administration: accounts, tokens, settings. No chart.</summary>
    Administrative = 4,

    /// <summary>Designation: incidents, audit (45 CFR 164.308(a)(2)).</summary>
    SecurityOfficer = 5,

    /// <summary>Designation: privacy assessments, accounting of disclosures (45 CFR 164.530(a)(1)).</summary>
    PrivacyOfficer = 6,
}
