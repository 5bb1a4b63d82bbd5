using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Common;

namespace JamEmr.Tests.Grains.Contracts;

/// <summary>What DESIGN.md promises of every message, state and grain method, held for all of them at once.</summary>
public sealed class ContractTests
{
    private static readonly Assembly[] Ours = [typeof(Caller).Assembly, typeof(PolicyTable).Assembly];

    private static readonly Type[] Messages =
        [.. Ours.SelectMany(a => a.GetTypes()).Where(t => t.IsDefined(typeof(GenerateSerializerAttribute)) && !typeof(Exception).IsAssignableFrom(t))];

    [Fact]
    public void Given_all_grain_interfaces_When_checked_Then_every_method_has_exactly_one_access_rule()
    {
        GrainContractCheck.Verify(Ours);
        Assert.NotEmpty(Ours.SelectMany(GrainContractCheck.GrainMethods));
    }

    [Theory]
    [InlineData(typeof(IUnruly), "IUnruly.NeitherAsync must carry exactly one of [Requires], [Internal] and [ApprovalRequired].")]
    [InlineData(typeof(IBoth), "IBoth.BothAsync must carry exactly one of [Requires], [Internal] and [ApprovalRequired].")]
    [InlineData(typeof(ISequence), "ISequence.Items returns a sequence, which the access filter does not cover; return pages.")]
    public void Given_a_method_without_a_rule_When_checked_Then_the_host_does_not_start_and_is_told_which(Type type, string sentence)
    {
        var error = Assert.Throws<InvalidOperationException>(() => GrainContractCheck.Verify(new OneType(type)));
        Assert.Equal(sentence, error.Message);
    }

    [Fact]
    public void Given_all_messages_and_states_When_looked_at_Then_they_are_sealed_records_that_never_change()
    {
        Assert.NotEmpty(Messages);
        foreach (var type in Messages)
        {
            Assert.True(type.IsSealed && type.GetMethod("<Clone>$") is not null, $"{type} must be a sealed record.");
            Assert.True(type.IsDefined(typeof(ImmutableAttribute)), $"{type} must be [Immutable].");
            foreach (var member in Members(type))
            {
                Assert.True(member.SetMethod is null || IsInit(member), $"{type}.{member.Name} can be changed.");
                Assert.True(IsImmutable(member.PropertyType), $"{type}.{member.Name}: {member.PropertyType} can be changed.");
            }

            Assert.All(Fields(type), field => Assert.True(field.IsInitOnly, $"{type}.{field.Name} can be changed."));
        }
    }

    [Fact]
    public void Given_all_messages_and_states_When_looked_at_Then_every_member_has_its_own_id()
    {
        foreach (var type in Messages)
        {
            var ids = Members(type).Select(member => member.GetCustomAttribute<IdAttribute>()?.Id
                ?? throw new InvalidOperationException($"{type}.{member.Name} has no [Id].")).ToList();
            Assert.True(ids.Distinct().Count() == ids.Count, $"{type} uses an id twice.");
        }
    }

    [Fact]
    public void Given_all_messages_states_and_grain_interfaces_When_looked_at_Then_every_alias_is_unique()
    {
        var named = Messages.Concat(Ours.SelectMany(a => a.GetTypes()).Where(IsGrainInterface)).ToList();
        var aliases = named.Select(type => type.GetCustomAttribute<AliasAttribute>()?.Alias ?? throw new InvalidOperationException($"{type} has no [Alias].")).ToList();
        Assert.Empty(aliases.GroupBy(a => a, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.All(aliases, alias => Assert.Matches("^jamemr\\.[a-z0-9.`-]+$", alias));
    }

    [Fact]
    public void Given_all_grain_methods_When_looked_at_Then_every_alias_is_unique_in_its_interface()
    {
        foreach (var methods in Ours.SelectMany(GrainContractCheck.GrainMethods).GroupBy(method => method.DeclaringType))
        {
            var aliases = methods.Select(method =>
                method.GetCustomAttribute<AliasAttribute>()?.Alias ?? throw new InvalidOperationException($"{methods.Key}.{method.Name} has no [Alias].")).ToList();
            Assert.Equal(aliases.Count, aliases.Distinct(StringComparer.Ordinal).Count());
        }
    }

    [Fact]
    public void Given_every_message_of_a_grain_method_When_looked_at_Then_it_can_travel()
    {
        foreach (var method in Ours.SelectMany(GrainContractCheck.GrainMethods))
        {
            Assert.True(typeof(Task).IsAssignableFrom(method.ReturnType), $"{method.DeclaringType}.{method.Name} must return a task.");
            var travelling = method.ReturnType.GetGenericArguments().Concat(method.GetParameters().Select(p => p.ParameterType));
            foreach (var type in travelling.Where(t => t != typeof(CancellationToken)))
                Assert.True(IsImmutable(type), $"{method.DeclaringType}.{method.Name}: {type} can be changed.");
        }
    }

    [Fact]
    public void Given_every_stored_state_When_serialised_Then_its_metadata_is_registered()
    {
        var states = Ours.SelectMany(a => a.GetTypes()).Where(t => t.IsClass && !t.IsAbstract && t.IsAssignableTo(typeof(IVersionedState))).ToList();
        Assert.NotEmpty(states);
        Assert.All(states, state => Assert.NotNull(GrainJson.Options.GetTypeInfo(typeof(Audited<>).MakeGenericType(state))));
    }

    [Fact]
    public void Given_all_grain_classes_When_looked_at_Then_each_keeps_its_state_under_a_name_of_its_own()
    {
        // A database row is found by state name and key; the grain's type is not part of it (Orleans' AdoNet storage).
        var names = Ours.SelectMany(a => a.GetTypes())
            .Where(type => type.IsAssignableTo(typeof(Grain)) && !type.IsAbstract)
            .SelectMany(type => type.GetConstructors().Single().GetParameters())
            .Select(parameter => parameter.GetCustomAttribute<PersistentStateAttribute>()?.StateName)
            .OfType<string>()
            .ToList();
        Assert.NotEmpty(names);
        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void Given_all_grain_classes_When_looked_at_Then_they_are_sealed_and_implement_one_interface_of_ours()
    {
        foreach (var type in Ours.SelectMany(a => a.GetTypes()).Where(type => type.IsAssignableTo(typeof(Grain)) && !type.IsAbstract))
        {
            Assert.True(type.IsSealed, $"{type} must be sealed.");
            Assert.Single(type.GetInterfaces(), IsOurs);
        }

        static bool IsOurs(Type type) => IsGrainInterface(type) && Ours.Contains(type.Assembly);
    }

    [Fact]
    public void Given_the_audit_catalogue_When_read_Then_codes_are_unique_and_well_formed()
    {
        var events = typeof(AuditEvents).GetFields().Select(field => field.GetValue(null)).OfType<AuditEvent>().ToList();
        Assert.Equal(events.Count, events.DistinctBy(e => e.Code, StringComparer.Ordinal).Count());
        Assert.All(events, e =>
        {
            Assert.Matches("^[a-z-]+\\.[a-z-]+$", e.Code);
            Assert.Same(e, AuditEvents.All[e.Code]);
            Assert.False(string.IsNullOrWhiteSpace(e.Description));
        });
    }

    [Fact]
    public void Given_the_types_with_secrets_When_printed_Then_the_secret_is_not_there()
    {
        foreach (var type in Messages.Where(type => type.GetProperties().Any(p => p.Name is "Password" or "Secret" or "SetupCode" or "PasswordHash" or "SecretHash" or "Token")))
        {
            if (type.GetProperties().All(p => p.PropertyType != typeof(string) || p.Name is not ("Password" or "Secret" or "SetupCode" or "PasswordHash" or "SecretHash" or "Token"))) continue;
            Assert.True(
                !type.GetMethod("ToString", Type.EmptyTypes)!.IsDefined(typeof(CompilerGeneratedAttribute)), $"{type} prints its secret: write its own ToString.");
        }
    }

    private static bool IsGrainInterface(Type type) => type.IsInterface && typeof(IGrain).IsAssignableFrom(type);

    private static IEnumerable<PropertyInfo> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(p => p.Name != "EqualityContract" && p.GetMethod!.GetParameters().Length == 0 && IsStored(type, p));

    private static bool IsStored(Type type, PropertyInfo property) => Fields(type).Any(field => field.Name == $"<{property.Name}>k__BackingField");

    private static FieldInfo[] Fields(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly);

    private static bool IsInit(PropertyInfo property) =>
        property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static bool IsImmutable(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return IsImmutable(inner);
        if (type.IsGenericParameter || type.IsEnum || type.IsPrimitive || type == typeof(string)) return true;
        if (type == typeof(Guid) || type == typeof(DateTimeOffset) || type == typeof(DateTime) || type == typeof(DateOnly) || type == typeof(TimeOnly) || type == typeof(TimeSpan)) return true;
        if (type.Namespace == typeof(ImmutableArray).Namespace) return type.GetGenericArguments().All(IsImmutable);
        if (type.IsGenericType && Messages.Contains(type.GetGenericTypeDefinition())) return type.GetGenericArguments().All(IsImmutable);
        return Messages.Contains(type);
    }

    /// <summary>An assembly that holds one type.</summary>
    private sealed class OneType(Type type) : Assembly
    {
        public override Type[] GetTypes() => [type];
    }
}

internal interface IUnruly : IGrainWithStringKey
{
    Task NeitherAsync();
}

internal interface IBoth : IGrainWithStringKey
{
    [Internal, Requires(Permission.Authenticate)]
    Task BothAsync();
}

internal interface ISequence : IGrainWithStringKey
{
    [Internal]
    IAsyncEnumerable<int> Items();
}
