using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using JamEmr.Audit;

namespace JamEmr.Common;

/// <summary>Ids in the order they were added, each once: the state of a registry that lists newest first. Fit for thousands, not millions:
/// each addition writes the whole list.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.id-list")]
public sealed record IdListState([property: Id(0)] ImmutableArray<Guid> Ids) : IVersionedState
{
    /// <summary>Nothing yet.</summary>
    public static readonly IdListState Empty = new([]);

    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>With one more id; the same state when it is there already.</summary>
    public IdListState Add(Guid id) => Ids.Contains(id) ? this : new IdListState(Ids.Add(id));

    /// <summary>
    /// One page, newest first, and the position of the next (null on the last). Since the list only grows at its end, a position stays
    /// right whatever is added meanwhile.
    /// </summary>
    /// <param name="position">What an earlier page gave; null for the newest.</param>
    /// <param name="limit">1 to 200.</param>
    public (ImmutableArray<Guid> Page, string? Next) Newest(string? position, int limit)
    {
        var end = Ids.Length;
        if (position is not null)
        {
            end = int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= Ids.Length
                ? at
                : throw Check.Invalid("/cursor", "This cursor was not given by this list. Start again without one.");
        }

        var start = Math.Max(0, end - limit);
        var page = ImmutableArray.CreateBuilder<Guid>(end - start);
        for (var i = end - 1; i >= start; i--) page.Add(Ids[i]);
        return (page.MoveToImmutable(), start == 0 ? null : start.ToString(CultureInfo.InvariantCulture));
    }
}

/// <summary>A name and what it stands for.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.named-id")]
public sealed record NamedId([property: Id(0)] string Name, [property: Id(1)] Guid Id);

/// <summary>Names, each taken once, in ordinal order: the state of a registry that finds by name. Fit for thousands, not millions.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.state.name-list")]
public sealed record NameListState([property: Id(0)] ImmutableArray<NamedId> Names) : IVersionedState
{
    /// <summary>Nothing yet.</summary>
    public static readonly NameListState Empty = new([]);

    /// <inheritdoc/>
    public static int SchemaVersion => 1;

    /// <summary>What the name stands for, or null.</summary>
    public Guid? Find(string name) => Search(name) is var at and >= 0 ? Names[at].Id : null;

    /// <summary>With the name taken; null when it stands for something else, the same state when it stands for this already.</summary>
    public NameListState? Claim(string name, Guid id)
    {
        var at = Search(name);
        if (at >= 0) return Names[at].Id == id ? this : null;
        return new NameListState(Names.Insert(~at, new NamedId(name, id)));
    }

    /// <summary>With the name standing for this, whatever it stood for.</summary>
    public NameListState Set(string name, Guid id)
    {
        var at = Search(name);
        var entry = new NamedId(name, id);
        return new NameListState(at >= 0 ? Names.SetItem(at, entry) : Names.Insert(~at, entry));
    }

    /// <summary>One page in order of names after <paramref name="position"/>, and the position of the next (null on the last).</summary>
    public (ImmutableArray<NamedId> Page, string? Next) After(string? position, int limit)
    {
        var start = 0;
        if (position is not null)
        {
            var at = Search(position);
            start = at >= 0 ? at + 1 : ~at;
        }

        var page = Names.Slice(start, Math.Min(limit, Names.Length - start));
        return (page, start + page.Length < Names.Length ? page[^1].Name : null);
    }

    private int Search(string name)
    {
        int low = 0, high = Names.Length - 1;
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var order = string.CompareOrdinal(Names[middle].Name, name);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}

/// <summary>JSON of what the areas share.</summary>
[JsonSerializable(typeof(Audited<IdListState>))]
[JsonSerializable(typeof(Audited<NameListState>))]
[JsonSerializable(typeof(AuditRecord))]
[JsonSerializable(typeof(AuditQuery))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class CommonJson : JsonSerializerContext;
