namespace JamEmr.Identity;

/// <summary>The beginning of a ceremony with an authenticator (W3C Web Authentication, level 3).</summary>
/// <param name="Options">JSON for <c>PublicKeyCredential.parseCreationOptionsFromJSON</c> or <c>parseRequestOptionsFromJSON</c>.</param>
/// <param name="State">To be sent back with what the authenticator answers; sealed, good for five minutes and one use.</param>
[GenerateSerializer, Immutable, Alias("jamemr.passkey.challenge")]
public sealed record PasskeyChallenge([property: Id(0)] string Options, [property: Id(1)] string State)
{
    /// <summary>Never prints the challenge.</summary>
    public override string ToString() => nameof(PasskeyChallenge);
}

/// <summary>A new passkey.</summary>
/// <param name="Name">What its person calls it, 1–60 characters: "laptop", "key in the safe".</param>
/// <param name="State">As given with the challenge.</param>
/// <param name="Credential">What the authenticator answered, as JSON (<c>RegistrationResponseJSON</c>).</param>
[GenerateSerializer, Immutable, Alias("jamemr.passkey.register")]
public sealed record RegisterPasskey(
    [property: Id(0)] string Name,
    [property: Id(1)] string State,
    [property: Id(2)] string Credential)
{
    /// <summary>Never prints what was answered.</summary>
    public override string ToString() => nameof(RegisterPasskey);
}

/// <summary>A passkey as its person sees it. No key.</summary>
/// <param name="LastUsedAt">Null while it was never used.</param>
/// <param name="BackedUp">Whether its maker's cloud holds a copy, as it said at its last use.</param>
[GenerateSerializer, Immutable, Alias("jamemr.passkey.record")]
public sealed record PasskeyRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string Name,
    [property: Id(2)] DateTimeOffset CreatedAt,
    [property: Id(3)] DateTimeOffset? LastUsedAt,
    [property: Id(4)] bool BackedUp);

/// <summary>A sign-in by passkey.</summary>
/// <param name="State">As given with the challenge.</param>
/// <param name="Credential">What the authenticator answered, as JSON (<c>AuthenticationResponseJSON</c>); it names the account.</param>
[GenerateSerializer, Immutable, Alias("jamemr.passkey.sign-in")]
public sealed record PasskeySignIn([property: Id(0)] string State, [property: Id(1)] string Credential)
{
    /// <summary>Never prints what was answered.</summary>
    public override string ToString() => nameof(PasskeySignIn);
}

/// <summary>A session about to open for who holds a passkey.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.user.opening-by-passkey")]
public sealed record OpeningByPasskey(
    [property: Id(0)] Guid Session,
    [property: Id(1)] DateTimeOffset ExpiresAt,
    [property: Id(2)] PasskeySignIn Proof)
{
    /// <summary>Never prints the proof.</summary>
    public override string ToString() => $"{nameof(OpeningByPasskey)} {{ {Session:D} }}";
}
