using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Practices;

/// <summary>Puts an executed business associate agreement on record (45 CFR 164.504(e), 164.308(b)).</summary>
/// <param name="DocumentHash">SHA-256 of the signed document, lower-case hex; the document itself stays with the parties.</param>
/// <param name="EffectiveOn">The first day it is in force, in the practice's zone.</param>
/// <param name="EndsOn">The last day it is in force, in the practice's zone; null when it runs until it is ended.</param>
/// <param name="NotificationHours">How soon the practice is told of a breach, in hours from discovery. The law's outer limit is 60 days
/// (45 CFR 164.410(b)); agreements set less.</param>
[GenerateSerializer, Immutable, Alias("jamemr.practice.record-baa")]
public sealed record RecordBaa(
    [property: Id(0)] string DocumentHash,
    [property: Id(1)] ImmutableArray<BaaSigner> Signers,
    [property: Id(2)] DateOnly EffectiveOn,
    [property: Id(3)] DateOnly? EndsOn,
    [property: Id(4)] int NotificationHours,
    [property: Id(5)] ImmutableArray<BaaContact> Contacts);

/// <summary>Someone who signed the agreement.</summary>
/// <param name="Party">The covered entity or business associate signed for.</param>
[GenerateSerializer, Immutable, Alias("jamemr.practice.baa-signer")]
public sealed record BaaSigner(
    [property: Id(0)] string Name,
    [property: Id(1)] string Title,
    [property: Id(2)] string Party,
    [property: Id(3)] DateOnly SignedOn);

/// <summary>Someone to be told of a breach.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.practice.baa-contact")]
public sealed record BaaContact(
    [property: Id(0)] string Name,
    [property: Id(1)] string Role,
    [property: Id(2)] string Email,
    [property: Id(3)] string Phone);

/// <summary>Ends the agreement in force.</summary>
/// <param name="EndsOn">The last day it is in force, in the practice's zone.</param>
/// <param name="Reason">1–500 characters.</param>
[GenerateSerializer, Immutable, Alias("jamemr.practice.end-baa")]
public sealed record EndBaa([property: Id(0)] DateOnly EndsOn, [property: Id(1)] string Reason);

/// <summary>Limits of the practice's sessions: never longer than the product's own (45 CFR 164.312(a)(2)(iii)).</summary>
/// <param name="IdleMinutes">5 to 15 minutes without use.</param>
/// <param name="AbsoluteHours">1 to 12 hours in all.</param>
[GenerateSerializer, Immutable, Alias("jamemr.practice.access-settings")]
public sealed record AccessSettings([property: Id(0)] int IdleMinutes, [property: Id(1)] int AbsoluteHours);

/// <summary>Where a practice stands with its business associate agreement.</summary>
/// <param name="Agreement">The one in force; where none is, the next to begin, else the last that was; null when there never was one.</param>
[GenerateSerializer, Immutable, Alias("jamemr.practice.baa")]
public sealed record PracticeBaa([property: Id(0)] BaaStatus Status, [property: Id(1)] AgreementRecord? Agreement);

/// <summary>A business associate agreement on record.</summary>
/// <param name="Id">The approval it was recorded under.</param>
/// <param name="Terms">As approved, with its last day as it stands now.</param>
/// <param name="TimeZone">IANA zone its days are counted in: the practice's when it was recorded, so that no later move of the practice moves
/// its end.</param>
/// <param name="EndedUnder">The approval its end was set under; null when it ends by its own terms.</param>
/// <param name="EndReason">Why its end was set.</param>
[GenerateSerializer, Immutable, Alias("jamemr.practice.agreement")]
public sealed record AgreementRecord(
    [property: Id(0)] Guid Id,
    [property: Id(1)] RecordBaa Terms,
    [property: Id(2)] string TimeZone,
    [property: Id(3)] DateTimeOffset RecordedAt,
    [property: Id(4)] Guid? EndedUnder = null,
    [property: Id(5)] string? EndReason = null);
