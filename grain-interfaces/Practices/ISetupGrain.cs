using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Identity;

namespace JamEmr.Practices;

/// <summary>Founds practices on a fresh installation, with a one-time code that only the machine's operator sees. Key <c>system/setup</c>.</summary>
[Alias("jamemr.setup")]
public interface ISetupGrain : IGrainWithStringKey
{
    /// <summary>A new one-time code, replacing an unused one; null when a practice exists and <paramref name="evenIfFounded"/> is false.
    /// Only its hash is kept.</summary>
    [Requires(Permission.IssueSetupCode), Alias("issue-code"), ResponseTimeout(AnswerTimes.Start)]
    Task<string?> IssueCodeAsync(bool evenIfFounded);

    /// <summary>Founds a practice with its first accounts, and gives the codes they enrol with. The set-up code is spent on success.</summary>
    [Requires(Permission.Authenticate), Alias("found")]
    Task<FoundedPractice> FoundAsync(SetupRequest request);
}

/// <summary>A fresh practice and its first people.</summary>
/// <param name="Administrator">Has the administrative role.</param>
/// <param name="Officers">Up to two accounts, each with a designation: nobody could give one later without somebody who has it.</param>
[GenerateSerializer, Immutable, Alias("jamemr.setup.request")]
public sealed record SetupRequest(
    [property: Id(0)] string SetupCode,
    [property: Id(1)] FoundPractice Practice,
    [property: Id(2)] CreateUser Administrator,
    [property: Id(3)] ImmutableArray<CreateUser>? Officers = null)
{
    /// <summary>Never prints the code.</summary>
    public override string ToString() => nameof(SetupRequest);
}

/// <summary>A practice just founded.</summary>
/// <param name="Enrolments">The administrator's code, then the officers'; shown once.</param>
[GenerateSerializer, Immutable, Alias("jamemr.setup.founded")]
public sealed record FoundedPractice(
    [property: Id(0)] PracticeRecord Practice,
    [property: Id(1)] ImmutableArray<EnrolmentGiven> Enrolments);

/// <summary>A first account's enrolment code.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.setup.enrolment")]
public sealed record EnrolmentGiven(
    [property: Id(0)] string Login,
    [property: Id(1)] string Code,
    [property: Id(2)] DateTimeOffset ExpiresAt)
{
    /// <summary>Never prints the code.</summary>
    public override string ToString() => nameof(EnrolmentGiven);
}
