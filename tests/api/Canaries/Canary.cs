using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using JamEmr.Access;
using JamEmr.Identity;
using JamEmr.Practices;
using JamEmr.Tokens;

namespace JamEmr.Tests.Api.Canaries;

/// <summary>Secrets that must be nowhere in what a server writes, each in the forms it could be written in.</summary>
public sealed class CanarySet
{
    private readonly ConcurrentDictionary<string, string> _secrets = new(StringComparer.Ordinal);

    /// <summary>How many there are of each kind.</summary>
    public ILookup<string, string> Kinds => _secrets.ToLookup(secret => secret.Value, secret => secret.Key, StringComparer.Ordinal);

    /// <summary>A secret of a kind.</summary>
    public void Add(string kind, string? secret)
    {
        // What is shorter stands in anything by chance.
        if (secret is { Length: >= 8 }) _secrets.TryAdd(secret, kind);
    }

    /// <summary>A session's or token's text, and what of it the grain compares.</summary>
    public void AddCredential(string kind, string text)
    {
        Add(kind, text);
        Assert.True(CredentialFormat.TryParse(text, out var credential));
        Add(kind, credential.Secret);
    }

    /// <summary>The secrets that an answer gives to who asked, by its route.</summary>
    public void See(string route, Answer answer)
    {
        if ((int)answer.Status is < 200 or >= 300) return;
        switch (route.Split('?')[0].Split('/') switch
        {
            ["POST ", "v1", "practice"] => "practice",
            ["POST ", "v1", "enrolments"] => "enrolment",
            ["POST ", "v1", "enrolments", "confirmation"] => "recovery",
            ["POST ", "v1", "users", _, "enrolment-code"] => "code",
            ["POST ", "v1", "sessions"] => "session",
            ["POST ", "v1", "tokens"] or ["POST ", "v1", "tokens", _, "rotation"] => "token",
            _ => "",
        })
        {
            case "practice":
                foreach (var given in answer.Read<FoundedPractice>().Enrolments) Add("enrolment code", given.Code);
                break;
            case "enrolment":
                Add("authenticator secret", answer.Read<EnrolmentBegun>().SecondFactor.Secret);
                break;
            case "recovery":
                foreach (var code in answer.Read<RecoveryCodes>().Codes) Add("recovery code", code);
                break;
            case "code":
                Add("enrolment code", answer.Read<EnrolmentCode>().Code);
                break;
            case "session":
                AddCredential("session", JsonNode.Parse(answer.Body)!["token"]!.GetValue<string>());
                break;
            case "token":
                AddCredential("token", answer.Read<RegisteredToken>().Secret);
                break;
            default:
                break;
        }
    }

    /// <summary>The kinds of secrets that these bytes hold.</summary>
    public IReadOnlyList<string> FoundIn(ReadOnlyMemory<byte> bytes) =>
    [
        .. _secrets.AsParallel().Where(secret => FormsOf(secret.Key).Any(form => bytes.Span.IndexOf(form) >= 0)).Select(secret => secret.Value).Distinct(StringComparer.Ordinal),
    ];

    private static IEnumerable<byte[]> FormsOf(string secret)
    {
        var plain = secret.Replace("-", "", StringComparison.Ordinal);
        foreach (var text in new[] { secret, plain, secret.ToLowerInvariant(), plain.ToLowerInvariant() }.Distinct(StringComparer.Ordinal))
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            yield return bytes;
            yield return Encoding.Unicode.GetBytes(text);
            yield return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes));
            // The last group of base64 depends on what follows.
            yield return Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes)[..(bytes.Length / 3 * 4)]);
        }
    }
}
