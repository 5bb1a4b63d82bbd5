using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using JamEmr.Access;

namespace JamEmr.Notices;

/// <summary>
/// What people of certain roles must hear of, until they say that they did. Key <c>{practice}/notices</c>. A notice names what it is about and
/// tells nothing of it: who may read that, reads it there.
/// </summary>
[Alias("jamemr.notices")]
public interface INoticesGrain : IGrainWithStringKey
{
    /// <summary>Gives notice, at once and durably; the log has it before this returns. Repeating the same id changes nothing.</summary>
    [Internal, Alias("add")]
    Task AddAsync(Notice notice);

    /// <summary>Notices to the caller's roles, newest first.</summary>
    [Requires(Permission.ReadNotices), Alias("list")]
    Task<Page<NoticeRecord>> ListAsync(PageRequest page);

    /// <summary>Says, for those of the caller's roles that the notice is to, that it was heard. Repeating changes nothing.</summary>
    [Requires(Permission.ReadNotices), Alias("acknowledge")]
    Task<NoticeRecord> AcknowledgeAsync(Guid notice);
}

/// <summary>What a notice tells.</summary>
public enum NoticeKind
{
    /// <summary>Somebody opened a restricted chart in an emergency: review it.</summary>
    BreakGlassStarted = 0,

    /// <summary>The review of an emergency access is due soon.</summary>
    BreakGlassReviewDue = 1,

    /// <summary>An emergency access was not reviewed in time.</summary>
    BreakGlassReviewOverdue = 2,

    /// <summary>An emergency access was reviewed and found not to be justified.</summary>
    BreakGlassNotJustified = 3,

    /// <summary>A privileged operation waits for approval.</summary>
    ApprovalRequested = 4,

    /// <summary>A privileged operation was executed without the approvals it needs, because nobody was there to give them.</summary>
    ApprovalOverridden = 5,

    /// <summary>The business associate agreement ends soon.</summary>
    BaaEnding = 6,

    /// <summary>The business associate agreement has ended.</summary>
    BaaEnded = 7,

    /// <summary>A chart was restricted or released, or its care team changed.</summary>
    ChartRestrictionChanged = 8,

    /// <summary>A program was given a secret that reaches patients' data.</summary>
    TokenIssued = 9,

    /// <summary>Somebody was given a code to enrol in an account with.</summary>
    EnrolmentCodeIssued = 10,

    /// <summary>An account that holds, or held, more than the front desk does has new credentials.</summary>
    AccountEnrolled = 11,

    /// <summary>An administrator reopened an account without an approval.</summary>
    AccountReopened = 12,
}

/// <summary>Gives notice.</summary>
/// <param name="Id">Its own; <see cref="IdOf"/> where there is one of the kind for the entity.</param>
/// <param name="Kind">What it tells.</param>
/// <param name="For">The roles it is to: 1 or more that may read notices.</param>
/// <param name="EntityType">What kind of thing it is about, as audit records name it, such as <c>break-glass</c>.</param>
/// <param name="Entity">The thing.</param>
/// <param name="At">When what it tells of happened; UTC.</param>
/// <param name="DueAt">By when something must be done about it; UTC.</param>
[GenerateSerializer, Immutable, Alias("jamemr.notice")]
public sealed record Notice(
    [property: Id(0)] Guid Id,
    [property: Id(1)] NoticeKind Kind,
    [property: Id(2)] ImmutableArray<Role> For,
    [property: Id(3)] string EntityType,
    [property: Id(4)] Guid Entity,
    [property: Id(5)] DateTimeOffset At,
    [property: Id(6)] DateTimeOffset? DueAt)
{
    /// <summary>The id of the one notice of a kind about an entity, always the same (RFC 9562 section 5.8): who gives notice again after a crash
    /// gives the same.</summary>
    /// <param name="kind">What it tells.</param>
    /// <param name="entity">The thing it is about.</param>
    /// <param name="occasion">What sets it apart, where there is more than one of the kind about the thing.</param>
    public static Guid IdOf(NoticeKind kind, Guid entity, string occasion = "")
    {
        Span<byte> id = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"jamemr notice {kind} {entity:D}{occasion}"), id);
        id[6] = (byte)((id[6] & 0x0f) | 0x80);
        id[8] = (byte)((id[8] & 0x3f) | 0x80);
        return new Guid(id[..16], bigEndian: true);
    }
}

/// <summary>A notice as those it is to see it.</summary>
/// <param name="Acknowledgements">Who heard of it; a notice to several roles is heard by each.</param>
[GenerateSerializer, Immutable, Alias("jamemr.notice.record")]
public sealed record NoticeRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] NoticeKind Kind,
    [property: Id(2)] ImmutableArray<Role> For,
    [property: Id(3)] string EntityType,
    [property: Id(4)] Guid Entity,
    [property: Id(5)] DateTimeOffset At,
    [property: Id(6)] DateTimeOffset? DueAt,
    [property: Id(7)] ImmutableArray<NoticeAcknowledgement> Acknowledgements);

/// <summary>That a notice was heard.</summary>
/// <param name="Roles">For which of the roles it was to.</param>
[GenerateSerializer, Immutable, Alias("jamemr.notice.acknowledgement")]
public sealed record NoticeAcknowledgement(
    [property: Id(0)] Guid By,
    [property: Id(1)] ImmutableArray<Role> Roles,
    [property: Id(2)] DateTimeOffset At);
