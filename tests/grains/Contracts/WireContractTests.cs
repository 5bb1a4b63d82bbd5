using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace JamEmr.Tests.Grains.Contracts;

/// <summary>
/// While a cluster is upgraded, two releases run side by side: each must understand what the other says (docs/adr/0022). The list
/// <c>grain-interfaces/contracts.txt</c> holds what they say.
/// </summary>
public sealed class WireContractTests
{
    private const string Path = "grain-interfaces/contracts.txt";
    private const string Never =
        "a process of the release before still says or expects it. Bring it back; give what you need instead an alias, number or value of its own.";
    private const string Append =
        "an added member needs a number that was never used and must be fit for use when it is missing; what is added as a method or an enum's value is "
        + "understood one release before a silo says it.";

    [Fact]
    public void Given_the_checked_in_contract_When_compared_with_the_code_Then_nothing_is_gone_and_nothing_is_missing()
    {
        if (FrozenList.Read(Path).Compare(WireContract.Blocks(), Never, Append, FrozenList.Release, FrozenList.BesideTests("contracts.txt")) is { } difference)
            Assert.Fail(difference);
    }

    [Fact]
    public void Given_members_of_later_releases_When_a_message_without_them_arrives_Then_they_are_fit_for_use()
    {
        var later = FrozenList.Read(Path).Later.Select(fact => (fact.Heading, fact.Fact)).ToHashSet();
        foreach (var type in WireContract.Messages)
        {
            var members = WireContract.Members(type).Where(member => later.Contains((WireContract.MessageHeading(type), WireContract.FactOf(member.Id, member.Property))));
            Assert.All(members, member => Assert.Null(WhyUnfit(type, member.Property)));
        }
    }

    [Theory]
    [InlineData("first release 1\n\nmessage a\n  0 x: int\n", null)]
    [InlineData("first release 1\n\nmessage a\n  0 x: long\n", "Gone or changed, which is never allowed: N\n  message a: 0 x: long\n")]
    [InlineData("first release 1\n\nmessage a\n  0 x: int\n  1 y: int since 2\n", "Gone or changed, which is never allowed: N\n  message a: 1 y: int\n")]
    [InlineData("first release 1\n\nmessage a\n  0 x: int\n\nmessage b\n", "Gone or changed, which is never allowed: N\n  message b\n")]
    [InlineData("first release 1\n\nmessage a\n", "New: A\n  message a: 0 x: int\n")]
    [InlineData("first release 1\n", "New: A\n  message a\n  message a: 0 x: int\n")]
    public void Given_a_list_When_the_code_says_otherwise_Then_it_is_told_what_may_be_and_what_never(string list, string? told)
    {
        var message = FrozenList.Parse(list).Compare([new FrozenBlock("message a", ["0 x: int"])], "N", "A", "2", static _ => "somewhere");
        if (told is null) Assert.Null(message);
        else Assert.Contains(told, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "# words\nfirst release 1\n\nmessage a\n  0 x: int\n  1 y: int\n")]
    [InlineData("2", "# words\nfirst release 1\n\nmessage a\n  0 x: int\n  1 y: int since 2\n")]
    public void Given_a_new_fact_When_the_list_is_proposed_Then_it_says_since_which_release_unless_the_first(string release, string proposed)
    {
        string? saved = null;
        var code = new FrozenBlock("message a", ["0 x: int", "1 y: int"]);
        FrozenList.Parse("# words\nfirst release 1\n\nmessage a\n  0 x: int\n").Compare([code], "N", "A", release, text => saved = text);
        Assert.Equal(proposed, saved);
        Assert.Null(FrozenList.Parse(proposed).Compare([code], "N", "A", release, static _ => ""));
    }

    // What arrives without a member is an object whose constructor may not have run.
    private static string? WhyUnfit(Type type, PropertyInfo property)
    {
        if (type.ContainsGenericParameters) return null;
        try
        {
            var value = property.GetValue(RuntimeHelpers.GetUninitializedObject(type));
            if (value is null)
                return new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable ? null : $"{type.Name}.{property.Name} is null when it is missing.";
            if (value is IEnumerable items && !property.PropertyType.IsPrimitive) _ = items.GetEnumerator();
            return null;
        }
        catch (Exception e) when (e is TargetInvocationException or InvalidOperationException or NullReferenceException)
        {
            return $"{type.Name}.{property.Name} cannot be used when it is missing.";
        }
    }
}
