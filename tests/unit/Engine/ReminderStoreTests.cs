using JamEmr.Engine.Storage;

namespace JamEmr.Tests.Unit.Engine;

/// <summary>Reminders on disk.</summary>
public sealed class ReminderStoreTests
{
    private static readonly DateTimeOffset s_due = new(2026, 3, 2, 10, 0, 0, TimeSpan.FromHours(2));

    [Fact]
    public async Task Given_reminders_written_When_opened_again_Then_they_are_there_in_utc()
    {
        await using var engine = new TempEngine();
        StoredReminder written;
        await using (var store = await engine.OpenAsync()) written = await store.WriteReminderAsync(Some.Grain(), "deadline", s_due, TimeSpan.FromDays(1));

        var read = Assert.Single(await (await engine.OpenAsync()).ReadRemindersAsync(Some.Ct));

        Assert.Equal(written, read);
        Assert.Equal((s_due, TimeSpan.Zero, s_due, TimeSpan.FromDays(1)), (read.Due, read.Due.Offset, read.FirstTick, read.Period));
    }

    [Fact]
    public async Task Given_a_reminder_replaced_When_the_old_one_s_tick_moves_it_Then_the_new_one_stays()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        var old = await store.WriteReminderAsync(Some.Grain(), "deadline", s_due, TimeSpan.FromDays(1));
        var replaced = await store.WriteReminderAsync(Some.Grain(), "deadline", s_due.AddDays(7), TimeSpan.FromDays(2));

        Assert.False(await store.AdvanceReminderAsync(old, s_due.AddDays(1)));

        Assert.Equal(replaced, Assert.Single(await store.ReadRemindersAsync(Some.Ct)));
        Assert.True(await store.AdvanceReminderAsync(replaced, s_due.AddDays(9)));
        Assert.Equal(replaced with { Due = s_due.AddDays(9).ToUniversalTime() }, Assert.Single(await store.ReadRemindersAsync(Some.Ct)));
    }

    [Fact]
    public async Task Given_a_reminder_removed_When_removed_again_Then_there_was_none()
    {
        await using var engine = new TempEngine();
        var store = await engine.OpenAsync();
        await store.WriteReminderAsync(Some.Grain(), "deadline", s_due, TimeSpan.FromDays(1));

        Assert.True(await store.DeleteReminderAsync(Some.Grain(), "deadline"));
        Assert.False(await store.DeleteReminderAsync(Some.Grain(), "deadline"));
        Assert.Empty(await store.ReadRemindersAsync(Some.Ct));
    }
}
