using System.Collections.Immutable;
using JamEmr.Access;
using JamEmr.Identity;

namespace JamEmr.Practices;

/// <summary>Founds practices on a fresh installation, with a one-time code that only the machine's operator sees. Key <c>system/setup</c>.</summary>
[Alias("jamemr.setup")]
public interface ISetupGrain : IGrainWithStringKey
{
    /// <summary>The one-time code of this installation: a new one, or word of the one that is good and where it was shown, since only its hash is
    /// kept. Null where a practice exists and its administrator has enrolled, and where one for a further practice is good.</summary>
    /// <param name="wish">Whether a code that is good may be voided.</param>
    /// <param name="place">Where a new code will be shown, for whoever looks for it later; kept to 64 letters, digits, dots and hyphens.</param>
    [Requires(Permission.IssueSetupCode), Alias("issue-code"), ResponseTimeout(AnswerTimes.Start)]
    Task<IssuedSetupCode?> IssueCodeAsync(SetupCodeWish wish, string place);

    /// <summary>A new code although a practice exists: <see cref="IFurtherPracticeGrain"/> asks. A founding that was interrupted is given up.</summary>
    /// <param name="place">As in <see cref="IssueCodeAsync"/>.</param>
    [Internal, Alias("issue-further-code"), ResponseTimeout(AnswerTimes.Start)]
    Task<IssuedSetupCode> IssueFurtherCodeAsync(string place);

    /// <summary>Founds a practice with its first accounts, and gives the codes they enrol with. The set-up code is spent on success.</summary>
    [Requires(Permission.Authenticate), Alias("found")]
    Task<FoundedPractice> FoundAsync(SetupRequest request);
}

/// <summary>Which set-up code is wanted.</summary>
public enum SetupCodeWish
{
    /// <summary>One where none is good: what every start asks for.</summary>
    IfNone = 0,

    /// <summary>Another one; the one before is worth nothing then. For an operator who has lost it.</summary>
    Another = 1,
}

/// <summary>A set-up code that is good.</summary>
/// <param name="Code">The code, shown once; null where it was shown before.</param>
/// <param name="IssuedAt">When it was issued; UTC.</param>
/// <param name="Place">Where it was to be shown: whether it was, nobody knows.</param>
[GenerateSerializer, Immutable, Alias("jamemr.setup.issued-code")]
public sealed record IssuedSetupCode([property: Id(0)] string? Code, [property: Id(1)] DateTimeOffset IssuedAt, [property: Id(2)] string Place)
{
    /// <summary>Never prints the code.</summary>
    public override string ToString() => nameof(IssuedSetupCode);
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
