using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Identity;

/// <summary>An account as stored.</summary>
/// <param name="Record">As administrators see it.</param>
/// <param name="CreationHash">SHA-256 of the creating request without the password, hex, for recognising it when it is repeated.</param>
/// <param name="PasswordHash">ASP.NET Core Identity, version 3: PBKDF2 with HMAC-SHA512.</param>
/// <param name="Sessions">Sessions that may be open.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.user")]
public sealed record UserState(
    [property: Id(0)] UserRecord Record,
    [property: Id(1)] string CreationHash,
    [property: Id(2)] string PasswordHash,
    [property: Id(3)] ImmutableArray<KnownSession> Sessions) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>Never prints the hash.</summary>
    public override string ToString() => $"{nameof(UserState)} {{ {Record.Id:D} }}";
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
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class IdentityJson : JsonSerializerContext;
