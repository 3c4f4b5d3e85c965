import type { z } from 'zod';
import type { guestView, orderView, paymentAnswer } from '#api/schema.ts';

export type GuestView = z.infer<typeof guestView>;
export type OrderView = z.infer<typeof orderView>;
export type PaymentView = z.infer<typeof paymentAnswer>;
export type Problem = { readonly code: string; readonly guestText?: string | undefined };
