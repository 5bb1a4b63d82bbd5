using System.Collections.Immutable;
using Microsoft.AspNetCore.Identity;

namespace JamEmr.Identity;

/// <summary>The passkeys of an account as stored.</summary>
/// <param name="Keys">Oldest first.</param>
/// <param name="Used">Challenges that were answered and are not over yet: each is good once.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.user.passkeys")]
public sealed record PasskeysState(
    [property: Id(0)] ImmutableArray<StoredPasskey> Keys,
    [property: Id(1)] ImmutableArray<UsedChallenge> Used)
{
    /// <summary>None.</summary>
    public static readonly PasskeysState None = new([], []);
}

/// <summary>A passkey as stored. A public key is no secret, and a stolen table signs nobody in.</summary>
/// <param name="Id">Our own name of it.</param>
/// <param name="CredentialId">The authenticator's name of it, base64.</param>
/// <param name="PublicKey">COSE_Key (RFC 9052), base64.</param>
/// <param name="SignCount">The authenticator's counter at the last use; 0 when it keeps none.</param>
/// <param name="Transports">How to reach the authenticator, as it said.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.user.passkey")]
public sealed record StoredPasskey(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Name,
    [property: Id(2)] string CredentialId,
    [property: Id(3)] string PublicKey,
    [property: Id(4)] long SignCount,
    [property: Id(5)] ImmutableArray<string> Transports,
    [property: Id(6)] bool BackupEligible,
    [property: Id(7)] bool BackedUp,
    [property: Id(8)] DateTimeOffset CreatedAt,
    [property: Id(9)] DateTimeOffset? LastUsedAt)
{
    /// <summary>As ASP.NET Core Identity takes it. What the authenticator attested at registration was looked at then and is not kept.</summary>
    internal UserPasskeyInfo ToInfo() => new(
        Convert.FromBase64String(CredentialId),
        Convert.FromBase64String(PublicKey),
        CreatedAt,
        checked((uint)SignCount),
        [.. Transports],
        isUserVerified: true,
        BackupEligible,
        BackedUp,
        attestationObject: [],
        clientDataJson: []);

    /// <summary>As its person sees it.</summary>
    internal PasskeyRecord View() => new(Id, Name, CreatedAt, LastUsedAt, BackedUp);
}

/// <summary>A challenge that was answered.</summary>
/// <param name="Hash">SHA-256 of the sealed state, hex.</param>
[GenerateSerializer, Immutable, Alias("jamemr.state.user.used-challenge")]
public sealed record UsedChallenge([property: Id(0)] string Hash, [property: Id(1)] DateTimeOffset ExpiresAt);
