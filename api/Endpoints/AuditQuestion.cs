using System.Text.Json;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using Microsoft.AspNetCore.Mvc;

namespace JamEmr.Api.Endpoints;

/// <summary>The conditions of a question about the audit log, as a request's query names them. All given ones must hold.</summary>
public sealed class AuditConditions
{
    /// <summary>Inclusive.</summary>
    [FromQuery(Name = "from")]
    public DateTimeOffset? From { get; init; }

    /// <summary>Exclusive.</summary>
    [FromQuery(Name = "to")]
    public DateTimeOffset? To { get; init; }

    /// <summary>One record, by id.</summary>
    [FromQuery(Name = "record")]
    public Guid? Record { get; init; }

    /// <summary>What a user or token did.</summary>
    [FromQuery(Name = "actor")]
    public Guid? Actor { get; init; }

    /// <summary>User, token, system or anonymous.</summary>
    [FromQuery(Name = "actorKind")]
    public string? ActorKind { get; init; }

    /// <summary>What concerns a patient.</summary>
    [FromQuery(Name = "patient")]
    public Guid? Patient { get; init; }

    /// <summary>A code of the catalogue, such as patient.read.</summary>
    [FromQuery(Name = "event")]
    public string? Event { get; init; }

    /// <summary>The part of the code before the dot.</summary>
    [FromQuery(Name = "category")]
    public string? Category { get; init; }

    /// <summary>Create, read, update, delete or execute.</summary>
    [FromQuery(Name = "action")]
    public string? Action { get; init; }

    /// <summary>Success, refused or failed.</summary>
    [FromQuery(Name = "outcome")]
    public string? Outcome { get; init; }

    /// <summary>The kind of thing it concerns.</summary>
    [FromQuery(Name = "entityType")]
    public string? EntityType { get; init; }

    /// <summary>Which one.</summary>
    [FromQuery(Name = "entityId")]
    public string? EntityId { get; init; }

    /// <summary>Everything that one request left.</summary>
    [FromQuery(Name = "correlationId")]
    public string? CorrelationId { get; init; }

    /// <summary>The remote address.</summary>
    [FromQuery(Name = "address")]
    public string? Address { get; init; }

    /// <summary>As grains take it, in the order of the log.</summary>
    public AuditQuery Query(bool oldestFirst = false) => new(
        From, To, Actor, Patient, Event, CorrelationId, EntityId, oldestFirst,
        RecordId: Record, Category: Category,
        Action: Codes.Read<AuditAction>(Action, "/action"),
        Outcome: Codes.Read<AuditOutcome>(Outcome, "/outcome"), ActorKind: Codes.Read<ActorKind>(ActorKind, "/actorKind"), EntityType: EntityType, Address: Address);
}

/// <summary>In which order records are listed.</summary>
public sealed class AuditOrder
{
    /// <summary>Newest or oldest first: of all records, or of those with the same value of the column sorted by.</summary>
    [FromQuery(Name = "order")]
    public string? Order { get; init; }

    /// <summary>The column to sort by; the order of the log unless said.</summary>
    [FromQuery(Name = "sort")]
    public string? Sort { get; init; }

    /// <summary>From the greatest value of the column to the least.</summary>
    [FromQuery(Name = "descending")]
    public bool? Descending { get; init; }

    /// <summary>A question in this order.</summary>
    public AuditQuery Apply(AuditQuery query, bool oldestFirst = false) => query with
    {
        OldestFirst = Order switch
        {
            null => oldestFirst,
            "newest" => false,
            "oldest" => true,
            _ => throw new DomainException(ErrorCode.InvalidRequest, "The order is newest or oldest.", "/order"),
        },
        Sort = Codes.Read<AuditSort>(Sort, "/sort") ?? AuditSort.Log,
        Descending = Descending ?? false,
    };
}

/// <summary>Codes in a query, written as JSON writes them.</summary>
internal static class Codes
{
    /// <summary>The member that a code names; null for none.</summary>
    /// <exception cref="DomainException"><see cref="ErrorCode.InvalidRequest"/>.</exception>
    public static T? Read<T>(string? code, string pointer)
        where T : struct, Enum
    {
        if (code is null) return null;
        foreach (var member in Enum.GetValues<T>())
        {
            if (JsonNamingPolicy.CamelCase.ConvertName(member.ToString()) == code) return member;
        }

        var all = string.Join(", ", Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName));
        throw new DomainException(ErrorCode.InvalidRequest, $"This is one of {all}.", pointer);
    }
}
