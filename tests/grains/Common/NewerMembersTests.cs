using System.Text.Json;
using System.Text.Json.Nodes;
using JamEmr.Audit;
using JamEmr.Common;
using JamEmr.Errors;
using JamEmr.Identity;

namespace JamEmr.Tests.Grains.Common;

/// <summary>What the next release stored, read and stored again by this one.</summary>
public sealed class NewerMembersTests
{
    private static readonly StateSerializer Serializer = new();
    private static readonly Guid Session = new("0195d3f0-0000-7000-8000-0000000000aa");
    private static readonly Guid Other = new("0195d3f0-0000-7000-8000-0000000000bb");

    private static readonly UserState User = new(
        new UserRecord(Other, "login", "Name", [], null, Disabled: false, DateTimeOffset.UnixEpoch, Version: 1),
        "creation",
        "password",
        [new KnownSession(Session, DateTimeOffset.UnixEpoch), new KnownSession(Other, DateTimeOffset.UnixEpoch)],
        new SecondFactorState("secret", 1, ["a"]));

    [Fact]
    public void Given_members_of_the_next_release_When_the_state_is_changed_and_stored_Then_they_are_still_there()
    {
        var stored = Read(json =>
        {
            json["newest"] = null;
            json["later"] = new JsonObject { ["x"] = 1 };
            json["value"]!["later"] = "root";
            json["value"]!["record"]!["later"] = "record";
            json["value"]!["secondFactor"]!["later"] = "factor";
            json["value"]!["sessions"]![1]!["later"] = "session";
        });

        var changed = stored.Value! with
        {
            Record = stored.Value.Record with { DisplayName = "Other" },
            SecondFactor = stored.Value.SecondFactor! with { LastStep = 2 },
            Sessions = [stored.Value.Sessions[1] with { ExpiresAt = DateTimeOffset.UnixEpoch.AddDays(1) }],
        };
        var json = Store(stored.Next(1, changed, []));

        Assert.Equal(1, json["later"]!["x"]!.GetValue<int>());
        Assert.Equal("root", Text(json["value"]!["later"]));
        Assert.Equal(("Other", "record"), (Text(json["value"]!["record"]!["displayName"]), Text(json["value"]!["record"]!["later"])));
        Assert.Equal("factor", Text(json["value"]!["secondFactor"]!["later"]));
        var session = Assert.Single(json["value"]!["sessions"]!.AsArray())!;
        Assert.Equal(("session", "1970-01-02T00:00:00+00:00"), (Text(session["later"]), Text(session["expiresAt"])));
    }

    [Fact]
    public void Given_members_of_the_next_release_When_their_object_goes_Then_they_go_with_it_and_do_not_come_back()
    {
        var stored = Read(json =>
        {
            json["value"]!["secondFactor"]!["later"] = "factor";
            json["value"]!["sessions"]![0]!["later"] = "session";
        });

        var without = stored.Next(1, stored.Value! with { SecondFactor = null, Sessions = [stored.Value.Sessions[1]] }, []);
        Assert.Null(without.Whole);
        var json = Store(without.Next(1, stored.Value, []));

        Assert.Null(json["value"]!["secondFactor"]!["later"]);
        Assert.Null(json["value"]!["sessions"]![0]!["later"]);
    }

    [Fact]
    public void Given_a_list_without_ids_When_its_items_move_Then_a_newer_member_stays_with_what_it_was_said_of()
    {
        var type = GrainJson.TypeInfo<Audited<NameListState>>();
        var state = new NameListState([new NamedId("a", Session), new NamedId("b", Session)]);
        var json = JsonSerializer.SerializeToNode(new Audited<NameListState> { Schema = 1, Value = state }, type)!;
        json["value"]!["names"]![1]!["later"] = "of b";
        json["value"]!["names"]![1]!.AsObject().Remove("id");
        var stored = Serializer.Deserialize<Audited<NameListState>>(new BinaryData(json.ToJsonString()));

        var next = JsonNode.Parse(Serializer.Serialize(stored.Next(1, new NameListState([new NamedId("0", Other), .. stored.Value!.Names]), [])).ToString())!;

        Assert.Null(next["value"]!["names"]![1]!["later"]);
        Assert.Equal(("b", "of b"), (Text(next["value"]!["names"]![2]!["name"]), Text(next["value"]!["names"]![2]!["later"])));
    }

    [Fact]
    public void Given_nothing_newer_When_stored_Then_nothing_is_kept_besides()
    {
        var stored = Read(static _ => { });
        Assert.Null(stored.Whole);
        Assert.Equal(Serializer.Serialize(new Audited<UserState> { Schema = 1, Value = User }).ToString(), Serializer.Serialize(stored.Next(1, User, [])).ToString());
    }

    [Theory]
    [InlineData(1, 1, null, true)]
    [InlineData(2, 1, null, true)]
    [InlineData(3, 1, null, false)]
    [InlineData(1, 1, 2, true)]
    [InlineData(2, 1, 3, false)]
    [InlineData(1, 2, null, true)]
    public void Given_a_schema_version_When_read_Then_one_ahead_is_and_two_are_not(int stored, int ours, int? newest, bool readable) =>
        Assert.Equal(readable, new Audited<UserState> { Schema = stored, Newest = newest }.IsReadableBy(ours));

    [Theory]
    [InlineData(1, null, 1, null)]
    [InlineData(2, null, 1, 2)]
    [InlineData(1, 2, 1, 2)]
    [InlineData(1, 2, 2, null)]
    [InlineData(0, null, 1, null)]
    public void Given_a_state_of_another_version_When_stored_Then_it_says_who_wrote_last_and_what_is_newest(int stored, int? newest, int ours, int? after)
    {
        var next = new Audited<UserState> { Schema = stored, Newest = newest }.Next(ours, User, []);
        Assert.Equal((ours, after), (next.Schema, next.Newest));
    }

    [Fact]
    public void Given_a_value_that_this_release_does_not_know_When_read_Then_nothing_is_guessed()
    {
        var error = Assert.Throws<DomainException>(() => Read(json => json["value"]!["record"]!["roles"]!.AsArray().Add("astronaut")));
        Assert.Equal(ErrorCode.Unavailable, error.Code);
    }

    private static Audited<UserState> Read(Action<JsonNode> next)
    {
        var json = JsonSerializer.SerializeToNode(new Audited<UserState> { Schema = 1, Value = User }, GrainJson.TypeInfo<Audited<UserState>>())!;
        next(json);
        return Serializer.Deserialize<Audited<UserState>>(new BinaryData(json.ToJsonString()));
    }

    private static JsonNode Store(Audited<UserState> state) => JsonNode.Parse(Serializer.Serialize(state).ToString())!;

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
