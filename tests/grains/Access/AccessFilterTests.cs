using System.Reflection;
using JamEmr.Access;
using JamEmr.Audit;
using JamEmr.Errors;
using JamEmr.Identity;
using JamEmr.Patients;
using JamEmr.Practices;

namespace JamEmr.Tests.Grains.Access;

public sealed class AccessFilterTests(GrainFixture fixture) : IClassFixture<GrainFixture>
{
    private static readonly MethodInfo[] Methods = [.. GrainContractCheck.GrainMethods(typeof(Caller).Assembly)];
    private readonly GrainHost _host = fixture.Host;

    [Fact]
    public async Task Given_a_role_without_the_right_When_calling_Then_it_is_forbidden_and_the_record_says_what_was_tried()
    {
        var practice = await _host.FoundPracticeAsync();
        var desk = practice.As(Role.FrontDesk);
        var patient = practice.NewId();

        await desk.RefusedAsync(ErrorCode.Forbidden, patient, (IChartGrain g) => g.GetAsync());

        var record = await desk.OnlyRecordAsync();
        Assert.Equal(("access.refused", AuditOutcome.Refused, "not_permitted"), (record.Event, record.Outcome, record.Reason));
        Assert.Equal((desk.Caller.ActorId, patient.ToString("D")), (record.ActorId, record.EntityId));
        Assert.Equal(("IChartGrain", "GetAsync", "ReadChart"), (record.Detail["interface"], record.Detail["method"], record.Detail["permission"]));
        Assert.Equal(new PolicyTable().Hash, record.PolicyHash);
    }

    [Fact]
    public async Task Given_a_key_of_another_practice_When_calling_Then_nothing_is_there_and_only_the_callers_own_log_knows()
    {
        var (own, other) = (await _host.FoundPracticeAsync(), await _host.FoundPracticeAsync());
        var administrator = own.As(Role.Administrative);
        var theirs = await other.As(Role.Administrative).CallAsync("users", (IUserRegistryGrain g) => g.ListAsync(new PageRequest(null, 1)));

        var refusal = await administrator.RefusedKeyAsync(
            ErrorCode.NotFound, GrainKeys.Of(other.Id, theirs.Items[0].Id), (IUserGrain g) => g.GetAsync());

        var record = await administrator.OnlyRecordAsync();
        Assert.Equal(("access.refused", "other_practice", "unknown"), (record.Event, record.Reason, record.EntityId));
        Assert.DoesNotContain(other.Id.ToString("D"), record.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("practice", refusal.Message, StringComparison.OrdinalIgnoreCase);
        var trail = await new Actor(_host, administrator.Caller with { Practice = other.Id }).TrailAsync();
        Assert.Empty(trail);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("{0}x/users")]
    [InlineData("/users")]
    [InlineData("nonsense")]
    [InlineData("system/users")]
    public async Task Given_a_key_that_only_looks_like_ones_own_When_calling_Then_nothing_is_there(string form)
    {
        var practice = await _host.FoundPracticeAsync();
        var key = form.Replace("{0}", practice.Id.ToString("D"), StringComparison.Ordinal);
        var upper = $"{practice.Id.ToString("D").ToUpperInvariant()}/users";

        foreach (var tried in new[] { key, upper })
            await practice.As(Role.Administrative).RefusedKeyAsync(ErrorCode.NotFound, tried, (IUserRegistryGrain g) => g.ListAsync(new PageRequest(null, 1)));
    }

    [Fact]
    public async Task Given_every_method_that_needs_a_right_When_each_role_calls_Then_the_policy_decides_and_every_refusal_is_recorded()
    {
        var policy = new PolicyTable();
        var practice = await _host.FoundPracticeAsync();
        var methods = Methods.Where(m => m.GetCustomAttribute<RequiresAttribute>() is not null);
        await Parallel.ForEachAsync(methods, TestContext.Current.CancellationToken, async (method, _) =>
        {
            var permission = method.GetCustomAttribute<RequiresAttribute>()!.Permission;
            await Task.WhenAll(PolicyTable.AccountRoles.Select(async role =>
            {
                var actor = practice.As(role);
                var error = await ErrorOfAsync(actor.Caller, method, GrainKeys.Of(practice.Id, practice.NewId()));
                var refused = (await actor.TrailAsync()).SingleOrDefault(r => r.Event == AuditEvents.AccessRefused.Code && r.Reason == "not_permitted");
                if (policy.Allows(actor.Caller, permission))
                {
                    Assert.True(refused is null, $"{role} was refused {method.DeclaringType!.Name}.{method.Name}.");
                    return;
                }

                Assert.True(error is DomainException { Code: ErrorCode.Forbidden }, $"{role} got {error} of {method.DeclaringType!.Name}.{method.Name}.");
                Assert.Equal((permission.ToString(), method.Name), (refused?.Detail["permission"], refused?.Detail["method"]));
            }));
        });
    }

    [Fact]
    public async Task Given_every_method_that_needs_a_right_When_called_with_every_right_on_another_practice_Then_nothing_is_there()
    {
        var (own, other) = (await _host.FoundPracticeAsync(), await _host.FoundPracticeAsync());
        var actor = own.As([.. PolicyTable.AccountRoles]);
        foreach (var method in Methods.Where(m => m.GetCustomAttribute<RequiresAttribute>() is not null))
        {
            var error = await ErrorOfAsync(actor.Caller, method, GrainKeys.Of(other.Id, other.NewId()));
            Assert.True(error is DomainException { Code: ErrorCode.NotFound }, $"{method.DeclaringType!.Name}.{method.Name}: {error}");
        }
    }

    [Fact]
    public async Task Given_every_internal_method_When_called_from_outside_Then_it_is_forbidden_whoever_calls()
    {
        var practice = await _host.FoundPracticeAsync();
        Caller[] callers = [practice.As([.. PolicyTable.AccountRoles]).Caller, Caller.Host("test"), Caller.Anonymous("192.0.2.1", "test")];
        foreach (var method in Methods.Where(m => m.IsDefined(typeof(InternalAttribute))))
        {
            foreach (var caller in callers)
            {
                var error = await ErrorOfAsync(caller, method, GrainKeys.Of(practice.Id, practice.NewId()));
                Assert.True(error is DomainException { Code: ErrorCode.Forbidden }, $"{method.DeclaringType!.Name}.{method.Name}: {error}");
            }
        }
    }

    [Fact]
    public async Task Given_nobody_signed_in_When_calling_what_needs_a_right_Then_it_is_unauthenticated_and_on_the_systems_log()
    {
        var practice = await _host.FoundPracticeAsync();
        var stranger = _host.Anonymous();

        await stranger.RefusedKeyAsync(ErrorCode.Unauthenticated, GrainKeys.Of(practice.Id, "practice"), (IPracticeGrain g) => g.GetAsync());

        var record = await _host.Ledger.ArrivalAsync(GrainKeys.System, r => r.CorrelationId == stranger.Caller.CorrelationId);
        Assert.Equal(("access.refused", "not_signed_in", "unknown", "192.0.2.7"), (record.Event, record.Reason, record.EntityId, record.RemoteAddress));
    }

    [Fact]
    public async Task Given_no_caller_at_all_When_calling_Then_it_is_unauthenticated()
    {
        var practice = await _host.FoundPracticeAsync();
        RequestContext.Clear();

        var error = await Assert.ThrowsAsync<DomainException>(
            () => _host.Grains.GetGrain<IPracticeGrain>(GrainKeys.Of(practice.Id, "practice")).GetAsync());

        Assert.Equal(ErrorCode.Unauthenticated, error.Code);
        await _host.Ledger.ArrivalAsync(GrainKeys.System, r => r.Reason == "no_caller");
    }

    [Fact]
    public async Task Given_a_grain_When_it_calls_internal_methods_Then_only_those_of_its_own_practice_answer()
    {
        var (own, other) = (await _host.FoundPracticeAsync(), await _host.FoundPracticeAsync());
        var actor = own.As(Role.FrontDesk);

        var facts = await actor.CallAsync("messenger", (IMessengerGrain g) => g.FactsOfAsync(GrainKeys.Of(own.Id, "practice")));
        await actor.RefusedAsync(ErrorCode.NotFound, "messenger", (IMessengerGrain g) => g.FactsOfAsync(GrainKeys.Of(other.Id, "practice")));

        Assert.Equal("America/New_York", facts.TimeZone);
        Assert.Equal("other_practice", (await actor.OnlyRecordAsync()).Reason);
    }

    [Fact]
    public async Task Given_a_grain_When_it_calls_what_needs_a_right_Then_the_callers_rights_decide()
    {
        var practice = await _host.FoundPracticeAsync();
        var users = await practice.As(Role.Administrative).CallAsync("users", (IUserRegistryGrain g) => g.ListAsync(new PageRequest(null, 1)));
        var key = GrainKeys.Of(practice.Id, users.Items[0].Id);

        Assert.Equal(users.Items[0], await practice.As(Role.Administrative).CallAsync("messenger", (IMessengerGrain g) => g.UserAsync(key)));
        await practice.As(Role.Clinical).RefusedAsync(ErrorCode.Forbidden, "messenger", (IMessengerGrain g) => g.UserAsync(key));
    }

    [Fact]
    public async Task Given_a_method_without_a_rule_When_called_Then_nobody_may()
    {
        var practice = await _host.FoundPracticeAsync();
        var actor = practice.As([.. PolicyTable.AccountRoles]);

        await actor.RefusedAsync(ErrorCode.Forbidden, "messenger", (IMessengerGrain g) => g.LawlessAsync());

        Assert.Equal("no_rule", (await actor.OnlyRecordAsync()).Reason);
    }

    private async Task<Exception?> ErrorOfAsync(Caller caller, MethodInfo method, string key)
    {
        RequestContext.Clear();
        CallerContext.Set(caller);
        var arguments = method.GetParameters().Select(p => p.ParameterType.IsValueType ? Activator.CreateInstance(p.ParameterType) : null).ToArray();
        var grain = typeof(IGrainFactory).GetMethod(nameof(IGrainFactory.GetGrain), [typeof(Type), typeof(string)])!
            .Invoke(_host.Grains, [method.DeclaringType!, key]);
        return await Record.ExceptionAsync(() => ((Task)method.Invoke(grain, arguments)!).Soon());
    }
}

public sealed class AccessFilterFaultTests
{
    [Fact]
    public async Task Given_a_refusal_that_cannot_be_recorded_When_calling_Then_the_service_is_unavailable()
    {
        await using var host = await GrainHost.StartAsync();
        var practice = await host.FoundPracticeAsync();
        host.Publishing.Break(r => r.Event == AuditEvents.AccessRefused.Code);
        var desk = practice.As(Role.FrontDesk);

        await desk.RefusedAsync(ErrorCode.Unavailable, practice.NewId(), (IChartGrain g) => g.GetAsync());

        host.Publishing.Mend();
        await desk.RefusedAsync(ErrorCode.Forbidden, practice.NewId(), (IChartGrain g) => g.GetAsync());
    }
}
