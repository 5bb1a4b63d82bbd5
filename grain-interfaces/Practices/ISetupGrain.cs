using JamEmr.Access;
using JamEmr.Identity;

namespace JamEmr.Practices;

/// <summary>Founds practices on a fresh installation, with a one-time code that only the machine's operator sees. Key <c>system/setup</c>.</summary>
[Alias("jamemr.setup")]
public interface ISetupGrain : IGrainWithStringKey
{
    /// <summary>A new one-time code, replacing an unused one; null when a practice exists and <paramref name="evenIfFounded"/> is false.
    /// Only its hash is kept.</summary>
    [Requires(Permission.IssueSetupCode), Alias("issue-code")]
    Task<string?> IssueCodeAsync(bool evenIfFounded);

    /// <summary>Founds a practice with its first administrator. The code is spent on success.</summary>
    [Requires(Permission.Authenticate), Alias("found")]
    Task<PracticeRecord> FoundAsync(SetupRequest request);
}

/// <summary>A fresh practice and its first administrator.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.setup.request")]
public sealed record SetupRequest(
    [property: Id(0)] string SetupCode,
    [property: Id(1)] FoundPractice Practice,
    [property: Id(2)] CreateUser Administrator)
{
    /// <summary>Never prints the code.</summary>
    public override string ToString() => nameof(SetupRequest);
}
