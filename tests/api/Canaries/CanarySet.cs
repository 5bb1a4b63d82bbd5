using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using JamEmr.Access;
using JamEmr.Api.Http;
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

    /// <summary>The secrets that an answer gives to who asked.</summary>
    public void See(string route, Answer answer) => See(route, answer.Status, answer.Body);

    /// <summary>The secrets that an answer gives to who asked, by its route.</summary>
    public void See(string route, HttpStatusCode status, string body)
    {
        if ((int)status is < 200 or >= 300) return;
        switch (route.Split('?')[0].Split('/'))
        {
            case ["POST ", "v1", "practice"]:
                foreach (var given in Read<FoundedPractice>(body).Enrolments) Add("enrolment code", given.Code);
                break;
            case ["POST ", "v1", "enrolments"]:
                Add("authenticator secret", JsonNode.Parse(body)!["secondFactor"]!["secret"]!.GetValue<string>());
                break;
            case ["POST ", "v1", "enrolments", "confirmation"] or ["POST ", "v1", "account", "recovery-codes"]:
                foreach (var code in Read<RecoveryCodes>(body).Codes) Add("recovery code", code);
                break;
            case ["POST ", "v1", "account", "second-factor"]:
                Add("authenticator secret", JsonNode.Parse(body)!["secret"]!.GetValue<string>());
                break;
            case ["POST ", "v1", "users", _, "enrolment-code"]:
                Add("enrolment code", Read<EnrolmentCode>(body).Code);
                break;
            case ["POST ", "v1", "sessions"]:
                AddCredential("session", JsonNode.Parse(body)!["token"]!.GetValue<string>());
                break;
            case ["POST ", "v1", "tokens"] or ["POST ", "v1", "tokens", _, "rotation"]:
                AddCredential("token", Read<RegisteredToken>(body).Secret);
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

    private static T Read<T>(string body) => JsonSerializer.Deserialize<T>(body, ApiJson.Options)!;

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
