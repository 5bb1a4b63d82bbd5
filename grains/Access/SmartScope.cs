using System.Collections.Frozen;
using JamEmr.Common;

namespace JamEmr.Access;

/// <summary>What a scope lets a program do with a resource, the letters of SMART App Launch 2.0, "Scopes for requesting FHIR resources".</summary>
[Flags]
public enum ScopeInteractions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>c</c></summary>
    Create = 1,

    /// <summary><c>r</c></summary>
    Read = 2,

    /// <summary><c>u</c></summary>
    Update = 4,

    /// <summary><c>d</c></summary>
    Delete = 8,

    /// <summary><c>s</c></summary>
    Search = 16,
}

/// <summary>
/// A system scope of SMART App Launch 2.0: <c>system/Resource.cruds</c>, the letters in that order, at least one. Only resources that open
/// something here are taken, and no search conditions: a scope that means less than its owner thinks is refused, never narrowed in silence.
/// </summary>
/// <param name="Resource">A FHIR resource type, or <see cref="AnyResource"/>.</param>
/// <param name="Interactions">What may be done.</param>
public readonly record struct SmartScope(string Resource, ScopeInteractions Interactions)
{
    /// <summary>The wildcard: every resource.</summary>
    public const string AnyResource = "*";

    private const string Prefix = "system/";
    private const string Letters = "cruds";
    private const int MaxLength = 80;

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known =
        ScopeMap.Resources.Append(AnyResource).ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Reads a scope; false unless the whole text is one.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SmartScope scope)
    {
        scope = default;
        if (text.Length > MaxLength || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var rest = text[Prefix.Length..];
        var dot = rest.IndexOf('.');
        if (dot <= 0 || !Known.TryGetValue(rest[..dot], out var resource)) return false;

        var interactions = ScopeInteractions.None;
        var next = 0;
        foreach (var letter in rest[(dot + 1)..])
        {
            var at = Letters.AsSpan(next).IndexOf(letter);
            if (at < 0) return false;
            interactions |= (ScopeInteractions)(1 << (next + at));
            next += at + 1;
        }

        if (interactions == ScopeInteractions.None) return false;
        scope = new SmartScope(resource, interactions);
        return true;
    }

    /// <summary>Whether a text, if it is a scope, is of a resource or of all.</summary>
    internal static bool MayOpen(ReadOnlySpan<char> text, string resource)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var rest = text[Prefix.Length..];
        return rest.StartsWith(resource, StringComparison.Ordinal) && rest.Length > resource.Length && rest[resource.Length] == '.'
            || rest.StartsWith(AnyResource + ".", StringComparison.Ordinal);
    }

    /// <summary>Reads a scope of a request.</summary>
    /// <exception cref="Errors.DomainException"><see cref="Errors.ErrorCode.InvalidRequest"/> unless the whole text is a scope.</exception>
    public static SmartScope Parse(string? text, string pointer) =>
        TryParse(text, out var scope)
            ? scope
            : throw Check.Invalid(pointer, "This is not a scope that opens anything here. Write system/Resource.cruds, such as system/Patient.rs.");

    /// <summary>The scope's one spelling.</summary>
    public override string ToString()
    {
        var interactions = Interactions;
        return $"{Prefix}{Resource}.{string.Concat(Letters.Where((_, i) => ((int)interactions & (1 << i)) != 0))}";
    }
}
