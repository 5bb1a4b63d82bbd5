using JamEmr.Encounters;

namespace JamEmr.Api.Demo;

/// <summary>A step and how long it took.</summary>
public sealed record DemoStep(string Name, double Milliseconds);

/// <summary>A request that was rightly refused.</summary>
public sealed record DemoRefusal(string What, int Status, string Code, string CorrelationId);

/// <summary>A person of the demonstration, with the sign-in made for it.</summary>
/// <param name="Secret">What their authenticator has, base32; null for who has no second factor.</param>
public sealed record DemoPerson(string Role, string Login, string Password, string? Secret)
{
    /// <summary>Never prints the password or the secret.</summary>
    public override string ToString() => Login;
}

/// <summary>What the demonstration did.</summary>
public sealed record DemoOutcome(
    IReadOnlyList<DemoStep> Steps,
    string Visit,
    string Practice,
    IReadOnlyList<DemoPerson> People,
    Guid Encounter,
    int Turns,
    NoteRecord Note,
    ProvenanceTrail Trail,
    int AuditTotal,
    IReadOnlyDictionary<string, int> AuditByEvent,
    string LedgerRoot,
    IReadOnlyList<DemoRefusal> Refusals);
