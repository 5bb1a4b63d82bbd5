using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Identity;

/// <summary>An account as stored.</summary>
/// <param name="Record">As administrators see it.</param>
/// <param name="CreationHash">SHA-256 of the creating request, hex, for recognising it when it is repeated.</param>
/// <param name="PasswordHash">ASP.NET Core Identity, version 3: PBKDF2 with HMAC-SHA512. Empty while there is no password.</param>
/// <param name="Sessions">Sessions that may be open.</param>
/// <param name="Enrolment">The code that may be used to enrol; null when there is none.</param>
/// <param name="Credentials">Grows with every change of password or second factor.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.user")]
public sealed record UserState(
    [property: Id(0)] UserRecord Record,
    [property: Id(1)] string CreationHash,
    [property: Id(2)] string PasswordHash,
    [property: Id(3)] ImmutableArray<KnownSession> Sessions,
    [property: Id(4)] SecondFactorState? SecondFactor = null,
    [property: Id(5)] EnrolmentState? Enrolment = null,
    [property: Id(6)] int Credentials = 0) : IVersionedState
{
    private const int MaxExecuted = 100;

    /// <summary>The approvals last executed here, so that none is executed twice.</summary>
    [Id(7)]
    public ImmutableArray<Guid> Executed { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Passkeys; null where there never was one.</summary>
    [Id(8)]
    public PasskeysState? Passkeys { get; init; }

    /// <summary>A second factor begun by the person, not in force.</summary>
    [Id(9)]
    public PendingSecondFactor? PendingSecondFactor { get; init; }

    /// <summary>Whether the account ever held more than the front desk: what it was signed, and what it knew, remain when the roles go.</summary>
    [Id(10)]
    public bool WasPrivileged { get; init; }

    /// <summary>Whether the approval was executed.</summary>
    public bool HasExecuted(Guid approval) => Executed.Contains(approval);

    /// <summary>With the approval executed.</summary>
    public UserState WithExecuted(Guid approval) => this with { Executed = [.. Executed.TakeLast(MaxExecuted - 1), approval] };

    /// <summary>With other roles: a code given for the old ones enrols nobody in the new, and what the account ever held is remembered.</summary>
    public UserState WithAccess(UserRecord record) => this with
    {
        Record = record,
        Enrolment = record.Roles.SequenceEqual(Record.Roles) ? Enrolment : null,
        WasPrivileged = WasPrivileged || SecondFactorRules.IsRequired(Record.Roles) || SecondFactorRules.IsRequired(record.Roles),
    };

    /// <summary>With nothing left that proves anybody to be its person, and no session.</summary>
    public UserState WithoutCredentials() =>
        this with
        {
            PasswordHash = "",
            SecondFactor = null,
            Passkeys = null,
            Enrolment = null,
            PendingSecondFactor = null,
            Sessions = [],
            Credentials = Credentials + 1,
        };

    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>Never prints the hash.</summary>
    public override string ToString() => $"{nameof(UserState)} {{ {Record.Id:D} }}";
}

/// <summary>A second factor (RFC 6238) in force.</summary>
/// <param name="Secret">Sealed.</param>
/// <param name="LastStep">The last time step whose code was used; only later ones are taken.</param>
/// <param name="RecoveryCodeHashes">Keyed hashes of the recovery codes not used yet.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.user.second-factor")]
public sealed record SecondFactorState(
    [property: Id(0)] string Secret,
    [property: Id(1)] long LastStep,
    [property: Id(2)] ImmutableArray<string> RecoveryCodeHashes)
{
    /// <summary>Never prints the secret.</summary>
    public override string ToString() => nameof(SecondFactorState);
}

/// <summary>A second factor begun, until it is confirmed.</summary>
/// <param name="Secret">Sealed.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.user.pending-second-factor")]
public sealed record PendingSecondFactor([property: Id(0)] string Secret, [property: Id(1)] DateTimeOffset ExpiresAt)
{
    /// <summary>Never prints the secret.</summary>
    public override string ToString() => nameof(PendingSecondFactor);
}

/// <summary>A code that may be used to enrol.</summary>
/// <param name="CodeHash">Keyed hash of the code.</param>
/// <param name="HasBegun">Whether a password was chosen with it.</param>
/// <param name="PendingSecret">The second factor's secret until it is confirmed, sealed.</param>
/// <param name="HasEnrolled">Whether the account was enrolled with it: it begins nothing more.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.user.enrolment")]
public sealed record EnrolmentState(
    [property: Id(0)] string CodeHash,
    [property: Id(1)] DateTimeOffset ExpiresAt,
    [property: Id(2)] bool HasBegun = false,
    [property: Id(3)] string? PendingSecret = null,
    [property: Id(4)] bool HasEnrolled = false)
{
    /// <summary>Never prints the hash or the secret.</summary>
    public override string ToString() => nameof(EnrolmentState);
}

/// <summary>A session that may be open, until it expires by itself.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.user.session")]
public sealed record KnownSession([property: Id(0)] Guid Id, [property: Id(1)] DateTimeOffset ExpiresAt);

/// <summary>JSON of identity.</summary>
[JsonSerializable(typeof(Audited<UserState>))]
[JsonSerializable(typeof(Audited<UserSessionState>))]
[JsonSerializable(typeof(CreateUser))]
[JsonSerializable(typeof(SessionRecord))]
[JsonSerializable(typeof(ImmutableArray<SessionRecord>))]
[JsonSerializable(typeof(ImmutableArray<UserRecord>))]
[JsonSerializable(typeof(ImmutableArray<ProviderRecord>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class IdentityJson : JsonSerializerContext;
