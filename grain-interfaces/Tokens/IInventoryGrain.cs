using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Tokens;

/// <summary>Everything that can reach a practice's clinical data, with who let it. Stateless. Key <c>{practice}/inventory</c>.</summary>
[Alias("jamemr.inventory")]
public interface IInventoryGrain : IGrainWithStringKey
{
    /// <summary>What can reach data now, kind by kind in the order of <see cref="InventoryKind"/>, newest first where there is such an order;
    /// exports, which have left, last. A page may hold fewer than were asked for, even none; the last is the one without a next.</summary>
    [Requires(Permission.ReadInventory), Alias("list")]
    Task<Page<InventoryItem>> ListAsync(PageRequest page);
}

/// <summary>What kind of way to clinical data.</summary>
public enum InventoryKind
{
    /// <summary>An API token that is neither revoked nor over.</summary>
    Token = 0,

    /// <summary>An open session.</summary>
    Session = 1,

    /// <summary>An emergency access in force.</summary>
    BreakGlass = 2,

    /// <summary>A witness that gets checkpoints: hashes of the log, no clinical data. It is the installation's.</summary>
    Witness = 3,

    /// <summary>An export of the log that somebody took.</summary>
    Export = 4,
}

/// <summary>On what ground something can reach data.</summary>
public enum InventoryGround
{
    /// <summary>An approval by others than who asked.</summary>
    Approval = 0,

    /// <summary>An administrator's own right: nothing that needs approval.</summary>
    Administrator = 1,

    /// <summary>An emergency: nobody beforehand, a review afterwards.</summary>
    Emergency = 2,

    /// <summary>The operator's configuration.</summary>
    Configuration = 3,

    /// <summary>The person's own office.</summary>
    Office = 4,

    /// <summary>Nothing yet: it waits for approval.</summary>
    Waiting = 5,
}

/// <summary>One way to clinical data.</summary>
/// <param name="Id">Token, session or grant; a witness's key id; an export's record on the log.</param>
/// <param name="Name">A token's purpose, a witness's name, an export's format; null for others.</param>
/// <param name="Person">Who answers for it: owner, person signed in, who exported. Null for a witness.</param>
/// <param name="Reach">Roles, and scopes where it has any.</param>
/// <param name="Since">When it began, or happened.</param>
/// <param name="EndsAt">When it ends by itself.</param>
/// <param name="LastUsedAt">Last use known.</param>
/// <param name="Address">Where it was last used, or opened, from.</param>
/// <param name="Ground">On what ground.</param>
/// <param name="Approval">The approval, where there was one.</param>
/// <param name="ApprovedBy">The people who approved; for an administrator's right who used it; for an emergency who reviewed it.</param>
[GenerateSerializer, Immutable, Alias("jamemr.inventory.item")]
public sealed record InventoryItem(
    [property: Id(0)] InventoryKind Kind,
    [property: Id(1)] string Id,
    [property: Id(2)] string? Name,
    [property: Id(3)] Guid? Person,
    [property: Id(4)] ImmutableArray<string> Reach,
    [property: Id(5)] DateTimeOffset? Since,
    [property: Id(6)] DateTimeOffset? EndsAt,
    [property: Id(7)] DateTimeOffset? LastUsedAt,
    [property: Id(8)] string? Address,
    [property: Id(9)] InventoryGround Ground,
    [property: Id(10)] Guid? Approval,
    [property: Id(11)] ImmutableArray<Guid> ApprovedBy);
