using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using JamEmr.Errors;

namespace JamEmr.Identity;

/// <summary>Rules of passkeys. Pure.</summary>
internal static class PasskeyRules
{
    /// <summary>Passkeys one account may have.</summary>
    public const int MaxPasskeys = 10;

    /// <summary>How long a challenge can be answered.</summary>
    public static readonly TimeSpan ChallengeLifetime = TimeSpan.FromMinutes(5);

    private const int MaxCredential = 16 * 1024;
    private const int MaxState = 4 * 1024;
    private const int GuidLength = 32;

    /// <summary>The user handle of an account: 64 bytes, the most there may be (Web Authentication, 5.4.3), and nothing about the person.</summary>
    public static string HandleOf(Guid practice, Guid user) => $"{practice:N}{user:N}";

    /// <summary>Refuses by form alone.</summary>
    public static RegisterPasskey Check(RegisterPasskey request)
    {
        CheckForm(request.State, request.Credential);
        return request with { Name = Common.Check.Text(request.Name, "/name", 1, 60) };
    }

    /// <summary>Refuses by form alone.</summary>
    public static PasskeySignIn Check(PasskeySignIn request)
    {
        CheckForm(request.State, request.Credential);
        return request;
    }

    /// <summary>The account that an authenticator's answer names; null when it names none in our form.</summary>
    public static (Guid Practice, Guid User)? AccountOf(string credential)
    {
        try
        {
            using var json = JsonDocument.Parse(credential, new JsonDocumentOptions { MaxDepth = 8 });
            if (json.RootElement is not { ValueKind: JsonValueKind.Object } root
                || !root.TryGetProperty("response", out var response)
                || response.ValueKind is not JsonValueKind.Object
                || !response.TryGetProperty("userHandle", out var handle)
                || handle.ValueKind is not JsonValueKind.String)
            {
                return null;
            }

            var text = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(handle.GetString()));
            return text.Length == 2 * GuidLength
                && Guid.TryParseExact(text.AsSpan(0, GuidLength), "N", out var practice)
                && Guid.TryParseExact(text.AsSpan(GuidLength), "N", out var user)
                ? (practice, user)
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The one answer to a passkey that opens nothing.</summary>
    public static DomainException Refused() =>
        new(ErrorCode.Unauthenticated, "This passkey does not sign in here. Use another, or sign in with practice, login and password.");

    /// <summary>The answer to a registration that did not come about.</summary>
    public static DomainException NotRegistered() => new(
        ErrorCode.InvalidRequest,
        "This passkey could not be added: the challenge is over, or the answer is not one to it, or the authenticator did not verify its person, "
        + "or it is here already. Begin again.",
        "/credential");

    private static void CheckForm(string? state, string? credential)
    {
        if (string.IsNullOrEmpty(state) || state.Length > MaxState) throw Common.Check.Invalid("/state", "Send the state that came with the options.");
        if (string.IsNullOrEmpty(credential) || credential.Length > MaxCredential)
            throw Common.Check.Invalid("/credential", "Send what the authenticator answered, as JSON.");
    }
}
