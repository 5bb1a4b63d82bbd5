using System.CommandLine;

namespace JamEmr.Cli.Client;

/// <summary>Which service is asked, and as whom. The token comes from a file or the environment, never from the command line, which other
/// processes can read.</summary>
internal sealed class ServerOptions
{
    /// <summary>The environment variable that holds a token.</summary>
    public const string TokenVariable = "JAMEMR_TOKEN";

    private const int MaxToken = 512;

    private readonly Option<string> _server = new("--server")
    {
        Description = "The service's address, such as https://emr.example.org:8443.",
        HelpName = "url",
        Required = true,
        Recursive = true,
    };

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = $"A file with a session or API token; {TokenVariable} in the environment is used without it.",
        HelpName = "file",
        Recursive = true,
    };

    private readonly Option<string?> _ca = new("--ca")
    {
        Description = "Certificates (PEM) that the server's must come from, instead of those this machine trusts.",
        HelpName = "file",
        Recursive = true,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print the answer as JSON.", Recursive = true };

    /// <summary>Adds the options to a command and those below it.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _server, _tokenFile, _ca, _json }) command.Add(option);
    }

    /// <summary>Whether the answer is printed as it came.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>The connection that the options name.</summary>
    /// <exception cref="ApiFailure">An option is wrong or the token is missing.</exception>
    public ApiConnection Connect(ParseResult parsed, TimeProvider time)
    {
        if (!Uri.TryCreate(parsed.GetRequiredValue(_server), UriKind.Absolute, out var server) || server.Scheme != Uri.UriSchemeHttps)
            throw new ApiFailure("--server is an https address, such as https://emr.example.org:8443.");
        var ca = parsed.GetValue(_ca);
        return new ApiConnection(server, ReadToken(parsed.GetValue(_tokenFile)), ca is null ? null : ApiConnection.ReadAuthorities(ca), time);
    }

    private static string ReadToken(string? file)
    {
        var token = (file is null ? Environment.GetEnvironmentVariable(TokenVariable) : ReadFile(file))?.Trim();
        if (string.IsNullOrEmpty(token)) throw new ApiFailure($"There is no token: name a file with --token-file, or set {TokenVariable}.");
        return token.Length <= MaxToken && token.All(c => c is > ' ' and < (char)127)
            ? token
            : throw new ApiFailure("The token is not of the form that the service gives out.");
    }

    private static string ReadFile(string file)
    {
        const UnixFileMode others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & others) != 0)
            throw new ApiFailure($"Others can read or change {file}: make it yours alone (chmod 600), then repeat.");
        if (new FileInfo(file).Length > 8 * MaxToken) throw new ApiFailure($"{file} is too large for a token.");
        return File.ReadAllText(file);
    }
}
