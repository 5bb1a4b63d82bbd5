using System.CommandLine;
using System.Globalization;
using System.Text;
using JamEmr.Cli.Commands;

namespace JamEmr.Cli.Client;

/// <summary>Options that become the query of a request. What they may hold, the service says.</summary>
internal sealed class QueryOptions
{
    private readonly List<(Option Option, string Name, Func<ParseResult, string?> Value)> _options = [];

    /// <summary>The conditions of records.</summary>
    public static QueryOptions Records(bool withActor = true) => Conditions(new QueryOptions().Period(), withActor);

    /// <summary>The conditions of records that are still to come.</summary>
    public static QueryOptions Feed() => Conditions(new QueryOptions(), withActor: true);

    /// <summary>From when to when.</summary>
    public QueryOptions Period()
    {
        Time("--from", "from", "The earliest time, inclusive.");
        Time("--to", "to", "The latest time, exclusive.");
        return this;
    }

    /// <summary>In which order.</summary>
    public QueryOptions Order() => Text("--sort", "sort", "The column to sort by, such as actor or event.", "column")
        .Flag("--descending", "descending", "From the greatest value of the column to the least.")
        .Text("--order", "order", "newest or oldest first.", "order");

    /// <summary>Which page.</summary>
    public QueryOptions Page() => Text("--limit", "limit", "How many at a time, 1 to 200.", "n")
        .Text("--cursor", "cursor", "Where to go on: what the page before gave.", "cursor");

    /// <summary>A condition.</summary>
    public QueryOptions Text(string option, string name, string description, string help)
    {
        var made = new Option<string?>(option) { Description = description, HelpName = help };
        _options.Add((made, name, parsed => parsed.GetValue(made)));
        return this;
    }

    /// <summary>A yes.</summary>
    public QueryOptions Flag(string option, string name, string description)
    {
        var made = new Option<bool>(option) { Description = description };
        _options.Add((made, name, parsed => parsed.GetValue(made) ? "true" : null));
        return this;
    }

    /// <summary>Adds the options to a command.</summary>
    public QueryOptions AddTo(Command command)
    {
        foreach (var (option, _, _) in _options) command.Add(option);
        return this;
    }

    /// <summary>A path with its query.</summary>
    public string PathOf(ParseResult parsed, string path, params ReadOnlySpan<(string Name, string Value)> also)
    {
        var text = new StringBuilder(path);
        foreach (var (name, value) in also) Add(text, name, value);
        foreach (var (_, name, value) in _options)
        {
            if (value(parsed) is { } given) Add(text, name, given);
        }

        return text.ToString();

        void Add(StringBuilder to, string name, string value) =>
            to.Append(to.Length == path.Length ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
    }

    private static QueryOptions Conditions(QueryOptions options, bool withActor)
    {
        options
            .Text("--record", "record", "One record, by id.", "id")
            .Text("--actor-kind", "actorKind", "user, token, system or anonymous.", "kind")
            .Text("--patient", "patient", "What concerns a patient.", "id")
            .Text("--event", "event", "A code of the catalogue, such as patient.read.", "code")
            .Text("--category", "category", "The part of the code before the dot.", "code")
            .Text("--action", "action", "create, read, update, delete or execute.", "action")
            .Text("--outcome", "outcome", "success, refused or failed.", "outcome")
            .Text("--entity-type", "entityType", "The kind of thing it concerns.", "type")
            .Text("--entity-id", "entityId", "Which one.", "id")
            .Text("--address", "address", "The remote address.", "address")
            .Text("--correlation", "correlationId", "Everything one request left.", "id");
        if (withActor) options.Text("--actor", "actor", "What a user or token did.", "id");
        return options;
    }

    private void Time(string option, string name, string description)
    {
        var made = AuditOptions.Time(option, description);
        _options.Add((made, name, parsed => parsed.GetValue(made)?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture)));
    }
}
