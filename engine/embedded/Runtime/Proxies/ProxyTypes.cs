using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;

namespace JamEmr.Engine.Runtime;

/// <summary>
/// The classes of references, built when an interface is first used: one class per interface, and for each of its methods
/// a request class with a field per argument, so that a call needs neither reflection nor boxing. They know no engine and
/// serve all engines of the process.
/// </summary>
internal static class ProxyTypes
{
    /// <summary>This assembly names it as a friend, for the built classes derive from internal ones.</summary>
    public const string AssemblyName = "JamEmr.Engine.Proxies";

    private static readonly Lock s_gate = new();
    private static readonly ConcurrentDictionary<Type, Func<GrainClass, string, GrainReference>> s_factories = new();
    private static readonly ModuleBuilder s_module = AssemblyBuilder
        .DefineDynamicAssembly(new AssemblyName(AssemblyName), AssemblyBuilderAccess.Run)
        .DefineDynamicModule(AssemblyName);

    /// <summary>How to make a reference of this interface.</summary>
    public static Func<GrainClass, string, GrainReference> FactoryFor(Type interfaceType)
    {
        if (s_factories.TryGetValue(interfaceType, out var factory)) return factory;
        lock (s_gate) // a module takes one builder at a time
        {
            return s_factories.GetOrAdd(interfaceType, static type => Build(type));
        }
    }

    private static Func<GrainClass, string, GrainReference> Build(Type interfaceType)
    {
        var name = $"{AssemblyName}.{interfaceType.FullName!.Replace('+', '.')}";
        var proxy = s_module.DefineType($"{name}.Reference", TypeAttributes.Sealed | TypeAttributes.NotPublic, typeof(GrainReference), [interfaceType]);

        Type[] signature = [typeof(GrainClass), typeof(string)];
        var constructor = proxy.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, signature);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Call, typeof(GrainReference).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public, signature)!);
        il.Emit(OpCodes.Ret);

        var create = proxy.DefineMethod("Create", MethodAttributes.Public | MethodAttributes.Static, typeof(GrainReference), signature);
        il = create.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Newobj, constructor);
        il.Emit(OpCodes.Ret);

        var number = 0;
        foreach (var method in GrainInterfaces.MethodsOf(interfaceType))
        {
            var request = RequestTypes.Build(s_module, $"{name}.{method.Name}_{++number}", interfaceType, method);
            DefineCall(proxy, method, request);
        }
        return proxy.CreateType().GetMethod("Create")!.CreateDelegate<Func<GrainClass, string, GrainReference>>();
    }

    /// <summary>Puts the arguments into a new request and sends it.</summary>
    private static void DefineCall(TypeBuilder proxy, MethodInfo method, Type request)
    {
        var parameters = method.GetParameters();
        var call = proxy.DefineMethod(
            $"{method.DeclaringType!.FullName}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.NewSlot | MethodAttributes.HideBySig,
            method.ReturnType,
            [.. parameters.Select(parameter => parameter.ParameterType)]);
        var il = call.GetILGenerator();
        var local = il.DeclareLocal(request);
        il.Emit(OpCodes.Newobj, request.GetConstructor(Type.EmptyTypes)!);
        il.Emit(OpCodes.Stloc, local);
        foreach (var parameter in parameters)
        {
            il.Emit(OpCodes.Ldloc, local);
            if (parameter.ParameterType == typeof(CancellationToken))
            {
                il.Emit(OpCodes.Ldloc, local);
                il.Emit(OpCodes.Ldarg, (short)(parameter.Position + 1));
                il.Emit(OpCodes.Callvirt, request.GetMethod(nameof(Request.Link), BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public, [typeof(CancellationToken)])!);
            }
            else
            {
                il.Emit(OpCodes.Ldarg, (short)(parameter.Position + 1));
            }
            il.Emit(OpCodes.Stfld, request.GetField(RequestTypes.FieldName(parameter.Position))!);
        }
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldloc, local);
        il.Emit(OpCodes.Call, SenderFor(method.ReturnType));
        il.Emit(OpCodes.Ret);
        proxy.DefineMethodOverride(call, method);
    }

    private static MethodInfo SenderFor(Type returnType)
    {
        var result = returnType.IsGenericType ? returnType.GetGenericArguments()[0] : null;
        var name = RequestTypes.KindOf(returnType) switch
        {
            RequestKind.Task => "Send",
            RequestKind.ValueTask => "SendValue",
            _ => "Enumerate",
        };
        var sender = typeof(GrainReference).GetMethods(BindingFlags.Instance | BindingFlags.NonPublic)
            .Single(method => string.Equals(method.Name, name, StringComparison.Ordinal) && method.IsGenericMethodDefinition == result is not null);
        return result is null ? sender : sender.MakeGenericMethod(result);
    }
}
