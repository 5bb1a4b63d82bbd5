using System.Collections;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization.Session;

namespace JamEmr.Tests.Cluster.Processes;

/// <summary>What somebody does with Orleans' own client who does not keep to what it offers.</summary>
internal static class Forgery
{
    /// <summary>The name of the reminder that <see cref="PlantReminderAsync"/> asks for.</summary>
    public const string Reminder = "planted";

    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    /// <summary>The name that a client sends under.</summary>
    public static GrainId NameOf(BareClient client)
    {
        var (runtime, property) = Sender(client);
        return ((GrainAddress)property.GetValue(runtime)!).GrainId;
    }

    /// <summary>Has a client that runs put another's name into its messages.</summary>
    public static void SendAs(BareClient client, GrainId name)
    {
        var (runtime, property) = Sender(client);
        var own = (GrainAddress)property.GetValue(runtime)!;
        property.SetValue(runtime, new GrainAddress { GrainId = name, SiloAddress = own.SiloAddress, ActivationId = own.ActivationId });
    }

    /// <summary>Asks a silo's reminder service for a reminder of a grain.</summary>
    public static Task PlantReminderAsync(BareClient client, SiloAddress silo, GrainId grain)
    {
        var code = (int)TypeOf("Orleans.CodeGeneration.GrainInterfaceUtils").GetMethod("GetGrainClassTypeCode", Any)!.Invoke(null, [typeof(IReminderService)])!;
        var service = (GrainId)typeof(SystemTargetGrainId).GetMethod("CreateGrainServiceGrainId", Any, [typeof(int), typeof(string), typeof(SiloAddress)])!
            .Invoke(null, [code, null, silo])!;
        return client.Grains.GetGrain<IReminderService>(service).RegisterOrUpdateReminder(grain, Reminder, TimeSpan.FromHours(1), TimeSpan.FromHours(1));
    }

    /// <summary>Has a silo take over an activation that never was, with a memory of the client's making.</summary>
    public static Task PlantActivationAsync(BareClient client, SiloAddress silo, GrainId grain)
    {
        var context = Activator.CreateInstance(TypeOf("Orleans.Runtime.MigrationContext"), client.Services.GetRequiredService<SerializerSessionPool>())!;
        var type = TypeOf("Orleans.Runtime.GrainMigrationPackage");
        var package = Activator.CreateInstance(type)!;
        type.GetProperty("GrainId")!.SetValue(package, grain);
        type.GetProperty("MigrationContext")!.SetValue(package, context);
        var packages = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(type))!;
        packages.Add(package);
        return CallSystemAsync(client, silo, "migrator", "Orleans.Runtime.IActivationMigrationManagerSystemTarget", "AcceptMigratingGrains", packages);
    }

    /// <summary>Calls one of a silo's own parts.</summary>
    public static Task CallSystemAsync(BareClient client, SiloAddress silo, string part, string type, string method, params object[] arguments) =>
        CallAsync(client, GrainId.Create($"sys.svc.{part}", silo.ToParsableString()), type, method, arguments);

    private static async Task CallAsync(BareClient client, GrainId target, string type, string method, params object[] arguments)
    {
        var callee = TypeOf(type);
        var reference = typeof(IGrainFactory).GetMethods()
            .Single(m => m is { Name: nameof(IGrainFactory.GetGrain), IsGenericMethod: true } && m.GetParameters() is [{ ParameterType: var id }] && id == typeof(GrainId))
            .MakeGenericMethod(callee)
            .Invoke(client.Grains, [target]);
        switch (callee.GetMethod(method)!.Invoke(reference, arguments))
        {
            case ValueTask answer:
                await answer;
                break;
            case Task answer:
                await answer;
                break;
        }
    }

    private static (object Runtime, PropertyInfo Property) Sender(BareClient client)
    {
        var type = TypeOf("Orleans.OutsideRuntimeClient");
        return (client.Services.GetRequiredService(type), type.GetProperty("CurrentActivationAddress")!);
    }

    private static Type TypeOf(string name) =>
        ((Assembly[])[typeof(GrainId).Assembly, typeof(IClusterClient).Assembly, typeof(IManagementGrain).Assembly, typeof(ISiloBuilder).Assembly])
        .Select(assembly => assembly.GetType(name)).First(static type => type is not null)!;
}
