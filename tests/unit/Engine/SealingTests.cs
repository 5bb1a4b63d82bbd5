using System.Globalization;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using JamEmr.Engine;
using JamEmr.Engine.Storage;
using JamEmr.Engine.Storage.Crypto;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>What lies on disk can be read, and changed, by nobody without the keys.</summary>
public sealed class SealingTests
{
    /// <summary>The two vectors that the C2SP specification publishes.</summary>
    [Theory]
    [InlineData(0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271")]
    [InlineData(0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d")]
    public void Given_the_published_vectors_When_sealed_and_opened_Then_the_bytes_are_theirs(byte keyByte, string aad, string expected)
    {
        using var cipher = new XAes256Gcm(Enumerable.Repeat(keyByte, XAes256Gcm.KeySize).ToArray());
        var nonce = "ABCDEFGHIJKLMNOPQRSTUVWX"u8;
        var plaintext = "XAES-256-GCM"u8;
        var sealedText = new byte[plaintext.Length + XAes256Gcm.TagSize];

        cipher.Seal(nonce, plaintext, Some.Bytes(aad), sealedText);
        var opened = new byte[plaintext.Length];
        cipher.Open(nonce, sealedText, Some.Bytes(aad), opened);

        Assert.Equal(expected, Convert.ToHexStringLower(sealedText));
        Assert.Equal(plaintext, opened);
    }

    [Fact]
    public void Given_any_payload_and_row_When_sealed_Then_it_opens_there_and_nowhere_else()
    {
        using var cipher = new XAes256Gcm(RandomNumberGenerator.GetBytes(XAes256Gcm.KeySize));
        Check.One(Config.QuickThrowOnFailure.WithQuietOnSuccess(true), Prop.ForAll<byte[], NonNull<string>, long>((payload, key, number) =>
        {
            var row = new RowIdentity(RowKind.State, "chart", key.Get, "state", number);
            var sealedRow = SealedRow.Seal(cipher, row, payload ?? []);
            Assert.Equal(payload ?? [], SealedRow.Open(cipher, row, sealedRow));
            RowIdentity[] others =
            [
                row with { Kind = RowKind.Event },
                row with { Number = unchecked(number + 1) },
                row with { Name = "stat" },
                row with { Key = row.Key + "s", Name = "tate" },
                row with { Key = row.Key + "x" },
            ];
            foreach (var other in others) Assert.Throws<DamagedRowException>(() => SealedRow.Open(cipher, other, sealedRow));
        }));
    }

    [Fact]
    public void Given_a_sealed_row_When_any_byte_changes_or_is_missing_Then_it_does_not_open()
    {
        using var cipher = new XAes256Gcm(RandomNumberGenerator.GetBytes(XAes256Gcm.KeySize));
        var row = RowIdentity.State(Some.Grain(), "state", 1);
        var sealedRow = SealedRow.Seal(cipher, row, "payload"u8);
        for (var at = 0; at < sealedRow.Length; at++)
        {
            var changed = sealedRow.ToArray();
            changed[at] ^= 1;
            Assert.Throws<DamagedRowException>(() => SealedRow.Open(cipher, row, changed));
            Assert.Throws<DamagedRowException>(() => SealedRow.Open(cipher, row, sealedRow.AsSpan(0, at)));
        }
    }

    [Fact]
    public void Given_one_payload_sealed_twice_When_compared_Then_nothing_repeats()
    {
        using var cipher = new XAes256Gcm(RandomNumberGenerator.GetBytes(XAes256Gcm.KeySize));
        var row = RowIdentity.State(Some.Grain(), "state", 1);

        var first = SealedRow.Seal(cipher, row, "payload"u8);
        var second = SealedRow.Seal(cipher, row, "payload"u8);

        Assert.False(first.AsSpan(1).SequenceEqual(second.AsSpan(1)));
    }

    [Fact]
    public async Task Given_two_states_When_their_payloads_are_swapped_on_disk_Then_neither_is_read()
    {
        await using var engine = await WithTwoStatesAsync(Some.Grain(1), Some.Grain(2));
        engine.Tamper(
            """
            CREATE TEMP TABLE old AS SELECT * FROM grain_state;
            UPDATE grain_state SET payload = (SELECT o.payload FROM old o WHERE o.id <> grain_state.id),
                                   version = (SELECT o.version FROM old o WHERE o.id <> grain_state.id)
            """);

        var store = await engine.OpenAsync();

        await Assert.ThrowsAsync<DamagedRowException>(() => store.ReadTextAsync(Some.Grain(1)));
        await Assert.ThrowsAsync<DamagedRowException>(() => store.ReadTextAsync(Some.Grain(2)));
    }

    [Fact]
    public async Task Given_a_state_of_each_of_two_practices_When_one_row_is_given_to_the_other_Then_it_is_not_read()
    {
        await using var engine = await WithTwoStatesAsync(Some.Grain(1, "practice-a"), Some.Grain(1, "practice-b"));
        engine.Tamper("DELETE FROM grain_state WHERE grain_key = 'practice-b/1'");
        engine.Tamper("UPDATE grain_state SET grain_key = 'practice-b/1'");

        var store = await engine.OpenAsync();

        await Assert.ThrowsAsync<DamagedRowException>(() => store.ReadTextAsync(Some.Grain(1, "practice-b")));
    }

    [Fact]
    public async Task Given_an_older_payload_When_put_back_under_the_newer_version_Then_it_is_not_read()
    {
        await using var engine = new TempEngine();
        string etag;
        await using (var store = await engine.OpenAsync()) etag = await store.WriteTextAsync(Some.Grain(), "allergic");
        engine.Tamper("CREATE TABLE kept AS SELECT payload FROM grain_state; UPDATE kept SET payload = payload");
        await using (var store = await engine.OpenAsync()) await store.WriteTextAsync(Some.Grain(), "not allergic", etag);
        engine.Tamper("UPDATE grain_state SET payload = (SELECT payload FROM kept)");

        var reopened = await engine.OpenAsync();

        await Assert.ThrowsAsync<DamagedRowException>(() => reopened.ReadTextAsync(Some.Grain()));
    }

    [Fact]
    public async Task Given_two_events_When_they_change_places_on_disk_Then_they_are_not_delivered()
    {
        await using var engine = new TempEngine();
        await using (var store = await engine.OpenAsync()) await store.AppendTextAsync(Some.Stream(), [Some.Sink()], "one", "two");
        engine.Tamper("UPDATE stream_event SET payload = (SELECT o.payload FROM stream_event o WHERE o.id <> stream_event.id)");

        var reopened = await engine.OpenAsync();

        await Assert.ThrowsAsync<DamagedRowException>(() => reopened.ReadTextsAsync(Some.Stream()));
    }

    [Theory]
    [InlineData("UPDATE practice_key SET wrapped = zeroblob(60)")]
    [InlineData("UPDATE practice_key SET wrapped = x'00'")]
    [InlineData("UPDATE practice_key SET practice = 'practice-z' WHERE practice = 'practice-a'")]
    [InlineData("UPDATE practice_key SET wrapped = (SELECT o.wrapped FROM practice_key o WHERE o.practice <> practice_key.practice)")]
    public async Task Given_data_keys_damaged_or_exchanged_When_a_state_is_read_Then_that_is_said(string sql)
    {
        await using var engine = await WithTwoStatesAsync(Some.Grain(1, "practice-a"), Some.Grain(1, "practice-b"));
        engine.Tamper(sql);

        var store = await engine.OpenAsync();

        var error = await Assert.ThrowsAsync<DamagedRowException>(() => store.ReadTextAsync(Some.Grain()));
        Assert.Contains("practice-a", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_many_callers_of_a_new_practice_When_they_write_at_once_Then_it_gets_one_key()
    {
        await using var engine = new TempEngine();
        await using (var store = await engine.OpenAsync())
            await Task.WhenAll(Enumerable.Range(0, 32).Select(n => Task.Run(() => store.WriteTextAsync(Some.Grain(n), n.ToString(CultureInfo.InvariantCulture)), Some.Ct)));

        Assert.Equal(1, engine.Ask("SELECT count(*) FROM practice_key"));
        var reopened = await engine.OpenAsync();
        for (var n = 0; n < 32; n++) Assert.Equal(n.ToString(CultureInfo.InvariantCulture), await reopened.ReadTextAsync(Some.Grain(n)));
    }

    private static async Task<TempEngine> WithTwoStatesAsync(GrainId one, GrainId two)
    {
        var engine = new TempEngine();
        await using var store = await engine.OpenAsync();
        await store.WriteTextAsync(one, "one");
        await store.WriteTextAsync(two, "two");
        return engine;
    }
}
