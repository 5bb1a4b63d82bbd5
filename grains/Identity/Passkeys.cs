using System.Buffers.Text;
using System.Globalization;
using System.Text;
using JamEmr.Common;
using JamEmr.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace JamEmr.Identity;

/// <summary>
/// Ceremonies with authenticators (W3C Web Authentication, level 3), by ASP.NET Core Identity's handler over what an account's grain holds. A
/// passkey always verifies its person (PIN, finger, face), so it stands for both factors; and it lives in the authenticator with its user
/// handle, so a sign-in begins without any name, in the same way for everyone.
/// </summary>
public sealed class Passkeys
{
    private const string SealPurpose = "passkey-challenge";
    private const string AnyonesSignIn = "sign-in";

    private readonly KeyedHash _hash;
    private readonly TimeProvider _time;
    private readonly ILogger<UserManager<PasskeyHolder>> _logger;
    private readonly IOptions<IdentityPasskeyOptions> _options;

    /// <summary>For the host that people reach under <see cref="GrainsOptions.PublicHost"/>.</summary>
    public Passkeys(GrainsOptions options, KeyedHash hash, TimeProvider time, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_hash, _time, _logger) = (hash, time, loggers.CreateLogger<UserManager<PasskeyHolder>>());
        var origin = $"https://{options.PublicHost}";
        _options = Options.Create(new IdentityPasskeyOptions
        {
            ServerDomain = new Uri(origin).Host,
            UserVerificationRequirement = "required",
            ResidentKeyRequirement = "required",
            AttestationConveyancePreference = "none",
            AuthenticatorTimeout = PasskeyRules.ChallengeLifetime,
            ValidateOrigin = context =>
                ValueTask.FromResult(!context.CrossOrigin && string.Equals(context.Origin, origin, StringComparison.OrdinalIgnoreCase)),
        });
    }

    /// <summary>Begins a registration that only the given session of the holder can complete.</summary>
    internal async Task<PasskeyChallenge> BeginRegistrationAsync(PasskeyHolder holder, Guid session, string login, string displayName)
    {
        var user = new PasskeyUserEntity { Id = holder.Handle, Name = login, DisplayName = displayName };
        var made = await WithHandlerAsync(holder, handler => handler.MakeCreationOptionsAsync(user, new DefaultHttpContext()));
        return new PasskeyChallenge(made.CreationOptionsJson, Seal(OwnerOf(holder, session), made.AttestationState!));
    }

    /// <summary>The passkey that an authenticator made; null when it is not one to keep.</summary>
    internal async Task<StoredPasskey?> RegisterAsync(PasskeyHolder holder, Guid session, RegisterPasskey request)
    {
        if (Open(OwnerOf(holder, session), request.State) is not { } state) return null;
        var result = await WithHandlerAsync(holder, handler => handler.PerformAttestationAsync(new PasskeyAttestationContext
        {
            HttpContext = new DefaultHttpContext(),
            CredentialJson = request.Credential,
            AttestationState = state.Text,
        }));
        if (!result.Succeeded || !result.Passkey.IsUserVerified) return null;
        var passkey = result.Passkey;
        var now = _time.GetUtcNow();
        return new StoredPasskey(
            Guid.CreateVersion7(now),
            request.Name,
            Convert.ToBase64String(passkey.CredentialId),
            Convert.ToBase64String(passkey.PublicKey),
            passkey.SignCount,
            [.. (passkey.Transports ?? []).Where(transport => transport.Length <= 32).Take(8)],
            passkey.IsBackupEligible,
            passkey.IsBackedUp,
            now,
            LastUsedAt: null);
    }

    /// <summary>Begins a sign-in, of whoever it will be.</summary>
    internal async Task<PasskeyChallenge> BeginSignInAsync()
    {
        var made = await WithHandlerAsync(PasskeyHolder.Nobody, handler => handler.MakeRequestOptionsAsync(user: null, new DefaultHttpContext()));
        return new PasskeyChallenge(made.RequestOptionsJson, Seal(AnyonesSignIn, made.AssertionState!));
    }

    /// <summary>The holder's passkeys after one of them answered the challenge, which is used with that; null when it is not so.</summary>
    internal async Task<PasskeysState?> VerifyAsync(PasskeyHolder holder, PasskeySignIn request)
    {
        var now = _time.GetUtcNow();
        var used = holder.Passkeys.Used.RemoveAll(challenge => challenge.ExpiresAt <= now);
        var challenge = GrainJson.HashBytes(Encoding.UTF8.GetBytes(request.State));
        if (Open(AnyonesSignIn, request.State) is not { } state) return null;
        if (used.Any(before => string.Equals(before.Hash, challenge, StringComparison.Ordinal))) return null;
        var result = await WithHandlerAsync(holder, handler => handler.PerformAssertionAsync(new PasskeyAssertionContext
        {
            HttpContext = new DefaultHttpContext(),
            CredentialJson = request.Credential,
            AssertionState = state.Text,
        }));
        if (!result.Succeeded) return null;
        var id = Convert.ToBase64String(result.Passkey.CredentialId);
        var keys = holder.Passkeys.Keys;
        var index = keys.Select(key => key.CredentialId).ToList().IndexOf(id);
        if (index < 0) return null;
        var next = keys[index] with { SignCount = result.Passkey.SignCount, BackedUp = result.Passkey.IsBackedUp, LastUsedAt = now };
        return new PasskeysState(keys.SetItem(index, next), used.Add(new UsedChallenge(challenge, state.ExpiresAt)));
    }

    private static string OwnerOf(PasskeyHolder holder, Guid session) => $"{holder.Handle}/{session:N}";

    private async Task<T> WithHandlerAsync<T>(PasskeyHolder holder, Func<PasskeyHandler<PasskeyHolder>, Task<T>> ceremony)
    {
        using var manager = new UserManager<PasskeyHolder>(
            new PasskeyStore(holder), null!, null!, [], [], null!, new IdentityErrorDescriber(), null!, _logger);
        return await ceremony(new PasskeyHandler<PasskeyHolder>(manager, _options));
    }

    // What a ceremony must remember goes out with its challenge and comes back: nothing is kept for those who never answer.
    private string Seal(string owner, string text)
    {
        var body = string.Create(
            CultureInfo.InvariantCulture,
            $"{(_time.GetUtcNow() + PasskeyRules.ChallengeLifetime).ToUnixTimeMilliseconds()}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text))}");
        return $"{body}.{_hash.Of(SealPurpose, $"{owner}\0{body}")}";
    }

    private (string Text, DateTimeOffset ExpiresAt)? Open(string owner, string given)
    {
        var end = given.LastIndexOf('.');
        if (end < 0 || !_hash.Matches(SealPurpose, $"{owner}\0{given[..end]}", given[(end + 1)..])) return null;
        var dot = given.IndexOf('.', StringComparison.Ordinal);
        var expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(given.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture));
        return _time.GetUtcNow() < expiresAt ? (Encoding.UTF8.GetString(Base64Url.DecodeFromChars(given.AsSpan(dot + 1, end - dot - 1))), expiresAt) : null;
    }
}
