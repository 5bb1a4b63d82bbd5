using System.Collections.Immutable;
using System.Text.Json.Serialization;
using JamEmr.Access;
using JamEmr.Audit;

namespace JamEmr.Tokens;

/// <summary>A token as stored.</summary>
/// <param name="Record">As administrators see it, but for what is true of a moment only: status, owner's standing. Its last use may be behind.</param>
/// <param name="SecretHash">Keyed hash of its secret.</param>
/// <param name="FormerSecretHash">Keyed hash of the secret before the last rotation; null when there is none.</param>
/// <param name="FormerEndsAt">From when on the former secret opens nothing.</param>
/// <param name="Rotation">The rotation that gave it its secret, where that has a name.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.token")]
public sealed record ApiTokenState(
    [property: Id(0)] TokenRecord Record,
    [property: Id(1)] string SecretHash,
    [property: Id(2)] string? FormerSecretHash = null,
    [property: Id(3)] DateTimeOffset? FormerEndsAt = null,
    [property: Id(4)] Guid? Rotation = null) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>Never prints the hashes.</summary>
    public override string ToString() => $"{nameof(ApiTokenState)} {{ {Record.Id:D} }}";
}

/// <summary>What an approval of a token is about: SHA-256 of its JSON form is what the request for approval names.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.token.content")]
public sealed record TokenContent(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Purpose,
    [property: Id(2)] Role Role,
    [property: Id(3)] ImmutableArray<string> Scopes,
    [property: Id(4)] ImmutableArray<string> Networks,
    [property: Id(5)] Guid? Parent,
    [property: Id(6)] Guid Owner,
    [property: Id(7)] DateTimeOffset ExpiresAt,
    [property: Id(8)] bool Sandbox);

/// <summary>The newest part of a list of tokens.</summary>
/// <param name="Ids">Oldest first.</param>
/// <param name="Parts">How many full parts came before; each is kept by its own grain, so that an addition never writes the whole list.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.token-list")]
public sealed record TokenListState([property: Id(0)] ImmutableArray<Guid> Ids, [property: Id(1)] int Parts = 0) : IVersionedState
{
    /// <summary>Nothing yet.</summary>
    public static readonly TokenListState Empty = new([]);

    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>A full part of a list of tokens.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.token-list-part")]
public sealed record TokenListPartState([property: Id(0)] ImmutableArray<Guid> Ids) : IVersionedState
{
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>What a token depends on besides itself, asked anew at every use.</summary>
/// <param name="ParentEnd">Why its parent opens nothing, as a code; null when it is good or there is none.</param>
/// <param name="IsOwnerEnabled">Whether somebody answers for it.</param>
/// <param name="Baa">Where the practice stands with its agreement.</param>
internal sealed record TokenSurroundings(string? ParentEnd, bool IsOwnerEnabled, BaaStatus Baa);

/// <summary>JSON of tokens.</summary>
[JsonSerializable(typeof(Audited<ApiTokenState>))]
[JsonSerializable(typeof(Audited<TokenListState>))]
[JsonSerializable(typeof(Audited<TokenListPartState>))]
[JsonSerializable(typeof(TokenContent))]
[JsonSerializable(typeof(ImmutableArray<TokenRecord>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class TokensJson : JsonSerializerContext;
