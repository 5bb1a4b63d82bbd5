using System.Security.Cryptography;
using JamEmr.Engine.Storage.Crypto;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>The master key: made once, beside the data, and never replaced in silence.</summary>
public sealed class MasterKeyTests
{
    [Fact]
    public async Task Given_a_new_folder_When_opened_Then_a_key_lies_beside_it_for_its_owner_only()
    {
        await using var engine = new TempEngine();
        await engine.OpenAsync();

        Assert.Equal(MasterKey.Size, Convert.FromBase64String((await File.ReadAllTextAsync(engine.KeyPath, Some.Ct)).Trim()).Length);
        Assert.Equal([engine.Folder, engine.KeyPath], Directory.EnumerateFileSystemEntries(engine.Root).Order(StringComparer.Ordinal));
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(engine.KeyPath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(engine.Folder));
    }

    [Fact]
    public async Task Given_a_folder_with_data_When_its_key_is_gone_Then_it_does_not_open_and_no_key_is_made()
    {
        await using var engine = await WithDataAsync();
        File.Delete(engine.KeyPath);

        var error = await Assert.ThrowsAsync<MasterKeyException>(() => engine.OpenAsync());

        Assert.Contains(engine.KeyPath, error.Message, StringComparison.Ordinal);
        Assert.Contains("restore", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(engine.KeyPath));
        Assert.Equal(1, engine.Ask("SELECT count(*) FROM grain_state"));
    }

    [Fact]
    public async Task Given_a_folder_with_data_When_opened_with_another_key_Then_it_does_not_open_and_nothing_changes()
    {
        await using var engine = await WithDataAsync();
        var right = await File.ReadAllTextAsync(engine.KeyPath, Some.Ct);
        await File.WriteAllTextAsync(engine.KeyPath, NewKey(), Some.Ct);

        var error = await Assert.ThrowsAsync<MasterKeyException>(() => engine.OpenAsync());

        Assert.Contains(engine.Folder, error.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(engine.KeyPath, right, Some.Ct);
        Assert.Equal("kept", await (await engine.OpenAsync()).ReadTextAsync(Some.Grain()));
    }

    [Fact]
    public async Task Given_a_configured_file_When_opened_Then_its_key_is_used_and_none_is_made()
    {
        await using var engine = new TempEngine();
        var file = Path.Combine(engine.Root, "key");
        await File.WriteAllTextAsync(file, NewKey() + "\n", Some.Ct);

        var store = await engine.OpenAsync(engine.Options with { MasterKeyFile = file });

        await store.WriteTextAsync(Some.Grain(), "kept");
        Assert.False(File.Exists(engine.KeyPath));
    }

    [Fact]
    public async Task Given_a_key_in_the_environment_When_opened_Then_it_is_used_and_none_is_made()
    {
        await using var engine = new TempEngine();
        var variable = "JAMEMR_TEST_" + RandomNumberGenerator.GetHexString(16);
        Environment.SetEnvironmentVariable(variable, NewKey());

        var store = await engine.OpenAsync(engine.Options with { MasterKeyVariable = variable });

        await store.WriteTextAsync(Some.Grain(), "kept");
        Assert.False(File.Exists(engine.KeyPath));
    }

    [Fact]
    public async Task Given_a_configured_file_that_is_missing_When_opened_Then_it_says_so_and_makes_nothing()
    {
        await using var engine = new TempEngine();
        var file = Path.Combine(engine.Root, "key");

        var error = await Assert.ThrowsAsync<MasterKeyException>(() => engine.OpenAsync(engine.Options with { MasterKeyFile = file }));

        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        Assert.False(File.Exists(engine.DatabasePath));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("c2hvcnQ=")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Given_a_key_file_that_holds_no_key_When_opened_Then_it_says_what_a_key_is(string text)
    {
        await using var engine = new TempEngine();
        await File.WriteAllTextAsync(engine.KeyPath, text, Some.Ct);

        var error = await Assert.ThrowsAsync<MasterKeyException>(() => engine.OpenAsync());

        Assert.Contains("32 bytes in base64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_a_key_that_was_made_before_a_crash_When_opened_Then_it_is_taken()
    {
        await using var engine = new TempEngine();
        var key = NewKey();
        await File.WriteAllTextAsync(engine.KeyPath, key, Some.Ct);
        await File.WriteAllTextAsync(engine.KeyPath + ".new", "half a ke", Some.Ct);

        await engine.OpenAsync();

        Assert.Equal(key, await File.ReadAllTextAsync(engine.KeyPath, Some.Ct));
    }

    [Fact]
    public async Task Given_derived_keys_When_compared_Then_a_purpose_has_one_key_and_two_purposes_have_two()
    {
        await using var engine = new TempEngine();
        var master = (await engine.OpenAsync()).MasterKey;

        Assert.Equal(master.Derive("session-tokens"), master.Derive("session-tokens"));
        Assert.NotEqual(master.Derive("session-tokens"), master.Derive("api-tokens"));
        Assert.Equal("MasterKey(hidden)", $"{master}");
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(MasterKey.Size));

    private static async Task<TempEngine> WithDataAsync()
    {
        var engine = new TempEngine();
        await using var store = await engine.OpenAsync();
        await store.WriteTextAsync(Some.Grain(), "kept");
        return engine;
    }
}
