using System.Collections.Immutable;
using JamEmr.Access;

namespace JamEmr.Tokens;

/// <summary>Tokens, newest first: a practice's, key <c>{practice}/tokens</c>; or the children of one token, key
/// <c>{practice}/tokens/{parent}</c>. A child is on both lists.</summary>
[Alias("jamemr.token-registry")]
public interface ITokenRegistryGrain : IGrainWithStringKey
{
    /// <summary>Adds a token; repeating changes nothing as long as it is among the newest.</summary>
    [Internal, Alias("add")]
    Task AddAsync(Guid token);

    /// <summary>Tokens, newest first.</summary>
    [Requires(Permission.ManageTokens), Alias("list")]
    Task<Page<TokenRecord>> ListAsync(PageRequest page);

    /// <summary>One page for the inventory, which does its own check and leaves its own audit record.</summary>
    /// <param name="position">What the page before gave; null for the newest.</param>
    [Internal, Alias("page")]
    Task<TokenPage> PageAsync(string? position, int limit);
}

/// <summary>Tokens of one page, and the position of the next; null on the last.</summary>
[GenerateSerializer, Immutable, Alias("jamemr.token.page")]
public sealed record TokenPage([property: Id(0)] ImmutableArray<TokenRecord> Tokens, [property: Id(1)] string? Next);

/// <summary>A full part of a list of tokens, written once. Key <c>{list}/part-{number}</c>.</summary>
[Alias("jamemr.token-list-part")]
public interface ITokenListPartGrain : IGrainWithStringKey
{
    /// <summary>Keeps the part.</summary>
    [Internal, Alias("write")]
    Task WriteAsync(ImmutableArray<Guid> tokens);

    /// <summary>The part, oldest first.</summary>
    [Internal, ReadOnly, Alias("read")]
    Task<ImmutableArray<Guid>> ReadAsync();
}
