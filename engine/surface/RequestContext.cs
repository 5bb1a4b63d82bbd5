namespace JamEmr.Engine;

/// <summary>
/// Values that travel with calls, from caller to callee. What the callee sets flows on to those it calls and not back.
/// Values must be immutable: they are not copied.
/// </summary>
public static class RequestContext
{
    // Never changed once it is here: every change puts a new dictionary in its place, so that tasks which captured the
    // old one keep it.
    private static readonly AsyncLocal<Dictionary<string, object>?> s_values = new();

    /// <summary>The names of all values.</summary>
    public static IEnumerable<string> Keys => s_values.Value?.Keys ?? Enumerable.Empty<string>();

    /// <summary>All values.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Entries => s_values.Value ?? Enumerable.Empty<KeyValuePair<string, object>>();

    /// <summary>What a call takes along; null when there is nothing.</summary>
    internal static Dictionary<string, object>? Current
    {
        get => s_values.Value;
        set => s_values.Value = value;
    }

    /// <summary>The value of this name, or null.</summary>
    public static object? Get(string key) => s_values.Value?.GetValueOrDefault(key);

    /// <summary>Sets a value for the rest of the current flow of control and all it calls.</summary>
    public static void Set(string key, object value)
    {
        var values = s_values.Value is { } old ? new Dictionary<string, object>(old, StringComparer.Ordinal) : new(StringComparer.Ordinal);
        values[key] = value;
        s_values.Value = values;
    }

    /// <summary>Removes a value; false when there was none.</summary>
    public static bool Remove(string key)
    {
        if (s_values.Value is not { } old || !old.ContainsKey(key)) return false;
        var values = new Dictionary<string, object>(old, StringComparer.Ordinal);
        values.Remove(key);
        s_values.Value = values.Count == 0 ? null : values;
        return true;
    }

    /// <summary>Removes all values.</summary>
    public static void Clear()
    {
        if (s_values.Value is not null) s_values.Value = null;
    }
}
