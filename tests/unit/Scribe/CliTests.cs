using System.Text.Json;
using JamEmr.Cli;
using JamEmr.Cli.Commands;

namespace JamEmr.Tests.Unit.Scribe;

public sealed class CliTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("jamemr-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Given_no_visit_When_drafted_Then_the_sample_visits_note_is_printed_with_turns()
    {
        var (code, output, error) = await Run("draft");

        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.Contains("sample-visit: 78 turns", output, StringComparison.Ordinal);
        Assert.Contains("Denies any black stools or blood in the stools. [21, 22]", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_table_When_all_is_drafted_as_JSON_Then_turns_count_from_0_in_the_source()
    {
        var path = Path.Combine(folder, "t.csv");
        await File.WriteAllTextAsync(path, "encounter_id,dialogue\nA1,\"[doctor]\n[doctor] any fever ?\n[patient] no .\"\nA2,[patient] i have a headache .\n", TestContext.Current.CancellationToken);

        var (code, output, _) = await Run("draft", "--visit", path, "--all", "--json");

        Assert.Equal(ExitCodes.Done, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(["A1", "A2"], json.RootElement.EnumerateArray().Select(n => n.GetProperty("id").GetString()));
        var sentence = Assert.Single(json.RootElement[0].GetProperty("sentences").EnumerateArray());
        Assert.Equal("Denies any fever.", sentence.GetProperty("text").GetString());
        Assert.Equal([1, 2], sentence.GetProperty("turns").EnumerateArray().Select(t => t.GetInt32()));
        Assert.Equal("SUBJECTIVE\nDenies any fever.\n", json.RootElement[0].GetProperty("note").GetString());
    }

    [Fact]
    public async Task Given_a_broken_file_When_drafted_Then_one_line_says_why_and_the_code_is_1()
    {
        var (code, output, error) = await Run("draft", "--visit", Path.Combine(folder, "none.txt"));

        Assert.Equal((ExitCodes.Failed, "", "none.txt: no such file. Check the path."), (code, output, error.TrimEnd()));
    }

    [Fact]
    public async Task Given_a_wrong_command_line_When_run_Then_the_code_is_2()
    {
        Assert.Equal(ExitCodes.Usage, (await Run("draft", "--vist", "x")).Code);
        Assert.Equal(ExitCodes.Usage, (await Run("nonsense")).Code);
    }

    [Theory]
    [InlineData("draft")]
    [InlineData("models")]
    public async Task Given_help_When_asked_for_Then_it_ends_with_examples(string command)
    {
        var (code, output, _) = await Run(command, "--help");

        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains($"Examples:\n  jamemr {command}", output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_models_When_shown_Then_the_device_that_ran_one_and_each_files_hash_are_there()
    {
        await File.WriteAllBytesAsync(Path.Combine(folder, "m.onnx"), [1, 2, 3], TestContext.Current.CancellationToken);

        var (code, output, error) = await Run("models", "--cpu", "--models", folder);

        Assert.Equal((ExitCodes.Done, ""), (code, error));
        Assert.Contains("device   Cpu (ONNX Runtime 1.29.", output, StringComparison.Ordinal);
        Assert.Contains("m.onnx 0.0 MiB sha256:039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, output, error, DraftCommand.Create(), ModelsCommand.Create());
        return (code, output.ToString(), error.ToString());
    }
}
