using System.Net;
using System.Reflection;
using JamEmr.Engine.Clustering;
using JamEmr.Tests.Engine.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JamEmr.Tests.Engine.Clustering;

/// <summary>The lease stands before the grains of every silo: without it these calls are answered.</summary>
public sealed class LeasedSiloTests
{
    [Fact]
    public async Task Given_a_silo_that_is_no_member_any_more_When_a_grain_is_called_Then_it_refuses_until_it_is_one_again()
    {
        await using var storage = await PostgresStorage.CreateAsync();
        var place = Place.Parse(storage.Location);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.UseOrleans(silo => silo.AddOrleansEngine(options =>
        {
            (options.ConnectionString, options.MasterKeyFile) = (place.Connection, place.MasterKeyFile);
            (options.AdvertisedAddress, options.SiloPort, options.GatewayPort) = (IPAddress.Loopback.ToString(), place.Port, 0);
        }));
        builder.Services.AddSingleton<IGrainStorageSerializer, NoStates>();
        var engines = builder.Services.Last(static service => service.ServiceType == typeof(IMembershipTable)).ImplementationType!;
        builder.Services.AddSingleton(services => SwitchedTable.Before((IMembershipTable)ActivatorUtilities.CreateInstance(services, engines)));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var table = (SwitchedTable)host.Services.GetRequiredService<IMembershipTable>();
        var grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<ICounterGrain>(Probe.NewKey());

        table.HasNoRow = true;
        await Assert.ThrowsAsync<SiloUnavailableException>(() => grain.KeyAsync().Soon());

        table.HasNoRow = false;
        Assert.Equal(grain.GetPrimaryKeyString(), await grain.KeyAsync().Soon());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The membership table, which may have no row of a silo; how the silo itself sees the others is not touched.</summary>
    public class SwitchedTable : DispatchProxy
    {
        private IMembershipTable? _inner;

        internal volatile bool HasNoRow;

        internal static IMembershipTable Before(IMembershipTable inner)
        {
            var table = Create<IMembershipTable, SwitchedTable>();
            ((SwitchedTable)(object)table)._inner = inner;
            return table;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            HasNoRow && targetMethod!.Name == nameof(IMembershipTable.ReadRow)
                ? Task.FromResult(new MembershipTableData(new TableVersion(1, "1")))
                : targetMethod!.Invoke(_inner, args);
    }

    private sealed class NoStates : IGrainStorageSerializer
    {
        public BinaryData Serialize<T>(T input) => throw new NotSupportedException();

        public T Deserialize<T>(BinaryData input) => throw new NotSupportedException();
    }
}
