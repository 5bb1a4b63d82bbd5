using JamEmr.Cli;
using JamEmr.Cli.Commands;
using JamEmr.Ledger.Checkpoints;

namespace JamEmr.Tests.Unit.Checkpoints;

public sealed class KeysAndWitnessCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jamemr-cli-").FullName;

    private string Data => Path.Combine(_folder, "data");

    [Fact]
    public async Task Given_a_key_file_When_shown_and_rotated_Then_public_keys_are_printed_and_never_private_ones()
    {
        Directory.CreateDirectory(Data);
        NoteKeyFile.TryCreate(NoteKeyFile.BesideFolder(Data), "jamemr-1", NoteKeyType.Ecdsa, DateTimeOffset.UnixEpoch);
        var (code, before, _) = await RunAsync("keys", "show", Data);
        Assert.Equal(ExitCodes.Done, code);
        var old = Assert.Single(PublishedKeys.Parse(before).Keys);
        Assert.Null(old.Until);

        (code, var after, _) = await RunAsync("keys", "rotate", Data, "--overlap-days", "7");
        Assert.Equal(ExitCodes.Done, code);
        var keys = PublishedKeys.Parse(after).Keys;
        Assert.Equal(old.Key, keys[0].Key);
        Assert.Equal(TimeSpan.FromDays(7), keys[0].Until - keys[1].From);
        Assert.Equal(after, (await RunAsync("keys", "show", NoteKeyFile.BesideFolder(Data))).Output);
        Assert.DoesNotContain("PRIVATE", before + after, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys", "show", "no-such-file")]
    [InlineData("keys", "rotate", "no-such-file")]
    [InlineData("keys", "begin-again", "no-such-file", "--records-are-lost")]
    [InlineData("keys", "begin-again", "no-such-file", "--records-are-lost", "false")]
    [InlineData("keys", "begin-again", "no-such-file")]
    [InlineData("witness", "--state", "unused", "--log-key", "no-key")]
    [InlineData("witness", "--state", "unused", "--listen", "127.0.0.1", "--log-key", RekorKey)]
    [InlineData("witness", "--state", "unused", "--listen", "0.0.0.0:0", "--log-key", RekorKey)]
    [InlineData("witness", "--state", "unused", "--certificate", "cert.pem", "--log-key", RekorKey)]
    public async Task Given_what_cannot_be_done_When_run_Then_one_line_says_why(params string[] arguments)
    {
        var (code, output, error) = await RunAsync(arguments);
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Empty(output);
        Assert.Single(error.Trim().Split('\n'));
        Assert.False(Directory.Exists("unused"));
    }

    [Theory]
    [InlineData("keys", "rotate", "f", "--overlap-days", "-1")]
    [InlineData("keys", "rotate")]
    [InlineData("witness", "--state", "unused")]
    public async Task Given_a_wrong_command_line_When_run_Then_it_is_a_usage_error(params string[] arguments) =>
        Assert.Equal(ExitCodes.Usage, (await RunAsync(arguments)).Code);

    [Theory]
    [InlineData("keys", "jamemr keys rotate ./jamemr-data")]
    [InlineData("keys show", "jamemr keys show ./jamemr-data")]
    [InlineData("keys rotate", "jamemr keys rotate /etc/jamemr/checkpoint-keys")]
    [InlineData("witness", "jamemr witness --state")]
    public async Task Given_help_When_asked_Then_it_has_an_example(string command, string example)
    {
        var (code, output, _) = await RunAsync([.. command.Split(' '), "--help"]);
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains(example, output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private const string RekorKey =
        "rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=";

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using StringWriter output = new(), error = new();
        var code = await CommandLine.RunAsync(arguments, output, error, WitnessCommand.Create(), KeysCommand.Create());
        return (code, output.ToString(), error.ToString());
    }
}
