using System.Text;
using System.Text.Json;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Practices;

namespace JamEmr.Approvals;

/// <summary>What may be asked for, and its canonical form. Pure.</summary>
internal static class ApprovalRequests
{
    private const string Form = "jamemr approval 1";
    private const int HashLength = 64;


    /// <summary>Which operation it is: exactly one must be there.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.InvalidRequest"/>.</exception>
    public static PrivilegedOperation OperationOf(PrivilegedRequest? asked)
    {
        var given = asked is null ? [] : All(asked).Where(operation => operation.Given).ToList();
        return given.Count == 1
            ? given[0].Operation
            : throw Check.Invalid("", "Ask for exactly one of createUser, changeAccess, reenrol, approveToken, recordBaa, endBaa and accessSettings.");
    }

    /// <summary>The request in normal form, by the rules of the areas that will execute it.</summary>
    /// <param name="asked">As asked.</param>
    /// <param name="today">The practice's day.</param>
    /// <exception cref="DomainException"><see cref="ErrorCode.InvalidRequest"/>.</exception>
    public static PrivilegedRequest Normalise(PrivilegedRequest asked, DateOnly today) => new(
        asked.CreateUser is { } create ? UserRules.Normalise(create, "/createUser") : null,
        asked.ChangeAccess is { } change ? change with { Roles = UserRules.Roles(change.Roles, "/changeAccess/roles") } : null,
        asked.Reenrol,
        asked.ApproveToken is { } token ? token with { ContentHash = Hash(token.ContentHash, "/approveToken/contentHash") } : null,
        asked.RecordBaa is { } baa ? Within("/recordBaa", () => AgreementRules.Normalise(baa, today)) : null,
        asked.EndBaa is { } end ? Within("/endBaa", () => AgreementRules.Normalise(end)) : null,
        asked.AccessSettings is { } settings ? Within("/accessSettings", () => AgreementRules.Normalise(settings)) : null);

    /// <summary>The canonical form of a normalised request.</summary>
    public static string Write(Guid practice, Guid approval, Guid requester, PrivilegedRequest request) =>
        JsonSerializer.Serialize(new ApprovalContent(Form, practice, approval, requester, request), GrainJson.TypeInfo<ApprovalContent>());

    /// <summary>SHA-256 of a canonical form's UTF-8 bytes, hex.</summary>
    public static string HashOf(string canonical) => GrainJson.HashBytes(Encoding.UTF8.GetBytes(canonical));

    /// <summary>What is asked for, from the stored form; null when that is not what was hashed, or not of this approval.</summary>
    public static PrivilegedRequest? Read(ApprovalState state, Guid practice, Guid approval)
    {
        if (!string.Equals(HashOf(state.Canonical), state.RequestHash, StringComparison.Ordinal)) return null;
        try
        {
            var content = JsonSerializer.Deserialize(state.Canonical, GrainJson.TypeInfo<ApprovalContent>());
            return content is { Form: Form } && content.Practice == practice && content.Approval == approval && content.Requester == state.Requester
                && OperationOf(content.Request) == state.Operation
                ? content.Request
                : null;
        }
        catch (Exception e) when (e is JsonException or DomainException)
        {
            return null;
        }
    }

    /// <summary>A SHA-256 in lower-case hex.</summary>
    public static string Hash(string? hash, string pointer) =>
        hash is { Length: HashLength } && hash.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'))
            ? hash
            : throw Check.Invalid(pointer, "This must be a SHA-256: 64 of 0-9 and a-f.");

    private static IEnumerable<(PrivilegedOperation Operation, bool Given)> All(PrivilegedRequest asked) =>
    [
        (PrivilegedOperation.CreateUser, asked.CreateUser is not null),
        (PrivilegedOperation.ChangeAccess, asked.ChangeAccess is not null),
        (PrivilegedOperation.Reenrol, asked.Reenrol is not null),
        (PrivilegedOperation.ApproveToken, asked.ApproveToken is not null),
        (PrivilegedOperation.RecordBaa, asked.RecordBaa is not null),
        (PrivilegedOperation.EndBaa, asked.EndBaa is not null),
        (PrivilegedOperation.AccessSettings, asked.AccessSettings is not null),
    ];

    // A rule of another area names the field within its own message.
    private static T Within<T>(string pointer, Func<T> rule)
    {
        try
        {
            return rule();
        }
        catch (DomainException e) when (e.Pointer is not null)
        {
            throw new DomainException(e.Code, e.Message, pointer + e.Pointer);
        }
    }
}
