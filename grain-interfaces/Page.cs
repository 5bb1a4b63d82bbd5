using System.Collections.Immutable;

namespace JamEmr;

/// <summary>One page of a list.</summary>
/// <param name="Items">The items, in the list's order.</param>
/// <param name="Next">An opaque cursor for the next page; null on the last.</param>
[GenerateSerializer, Immutable, Alias("jamemr.page`1")]
public sealed record Page<T>([property: Id(0)] ImmutableArray<T> Items, [property: Id(1)] string? Next);

/// <summary>Which page is asked for.</summary>
/// <param name="Cursor">What the page before gave as next; null for the first.</param>
/// <param name="Limit">1 to 200 items.</param>
[GenerateSerializer, Immutable, Alias("jamemr.page-request")]
public sealed record PageRequest([property: Id(0)] string? Cursor, [property: Id(1)] int Limit);
